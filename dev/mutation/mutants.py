"""Mutants: one small change of the code each, made by mutmut's operators.

mutmut's own runner leaves out what stands outside of functions and in decorated ones:
here the table of X's errors and much of Odoo's models. So only its operators are taken.
"""

import ast
from dataclasses import dataclass, field
from functools import cached_property

import libcst
from libcst import matchers
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.mutators import mutation_operators

from .reasons import changed_lines, reason_for


@dataclass
class Mutant:
    """One change of one file.

    :ivar str name: file and number, the same as long as the file is
    :ivar range lines: of the statement that is changed, without its body
    :ivar frozenset names: that the statement gives to something, and those around it
    :ivar bool in_function: its line runs with a test, not with an import alone
    """

    file: str
    name: str
    line: int
    lines: range
    names: frozenset
    in_function: bool
    _source: libcst.Module = field(repr=False)
    _old: libcst.CSTNode = field(repr=False)
    _new: libcst.CSTNode = field(repr=False)

    @cached_property
    def code(self):
        """The whole file with the change."""
        return self._source.deep_replace(self._old, self._new).code

    @cached_property
    def change(self):
        """The changed lines: a pair of what stood there and of what stands there."""
        return changed_lines(self._source.code, self.code)

    def reason(self, accepted):
        """Return why this one may live, "" where nobody has said."""
        text = self._source.code.splitlines()
        here = {text[line - 1].strip() for line in self.lines}
        # To find the change takes long, so it is done where a reason may fit at all.
        near = [
            reason
            for reason in accepted
            if reason.file == self.file and any(line in reason.line for line in here)
        ]
        return reason_for(near, self.file, self.change) if near else ""

    def is_program(self):
        """Tell whether Python takes it at all."""
        try:
            ast.parse(self.code)
        except SyntaxError:
            return False
        return True


def mutants_of(root, file):
    """Return all mutants of a file.

    :param Path root: what the file's name starts from
    :rtype: list[Mutant]
    """
    wrapper = MetadataWrapper(libcst.parse_module((root / file).read_text()))
    visitor = _Visitor(file, wrapper.module)
    wrapper.visit(visitor)
    return visitor.mutants


class _Visitor(libcst.CSTVisitor):
    """Applies each operator to each node. Annotations do nothing at run time."""

    METADATA_DEPENDENCIES = (PositionProvider, ParentNodeProvider)

    def __init__(self, file, module):
        super().__init__()
        self.mutants = []
        self._file = file
        self._module = module

    def on_visit(self, node):
        if isinstance(node, libcst.Annotation):
            return False
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                for changed in operator(node):
                    self._add(node, changed)
        return True

    def _add(self, old, new):
        above = list(self._above(old))
        around = [node for node in above if isinstance(node, _STATEMENTS)]
        self.mutants.append(
            Mutant(
                file=self._file,
                name=f"{self._file}#{len(self.mutants)}",
                line=self._lines(old).start,
                lines=self._head(around[0]),
                names=frozenset().union(*map(_names_given, around)),
                in_function=any(_runs_later(*pair) for pair in _pairs(above)),
                _source=self._module,
                _old=old,
                _new=new,
            )
        )

    def _above(self, node):
        """Yield a node and all around it, the innermost first."""
        while node is not None:
            yield node
            node = self.get_metadata(ParentNodeProvider, node, None)

    def _head(self, statement):
        """Return the lines of a statement, without those of its body."""
        lines = self._lines(statement)
        body = getattr(statement, "body", None)
        if isinstance(body, libcst.BaseSuite):
            return range(lines.start, max(self._lines(body).start, lines.start + 1))
        return lines

    def _lines(self, node):
        place = self.get_metadata(PositionProvider, node)
        return range(place.start.line, place.end.line + 1)


_STATEMENTS = (
    libcst.SimpleStatementLine,
    libcst.BaseCompoundStatement,
    libcst.ExceptHandler,
    libcst.Else,
    libcst.Finally,
)


def _names_given(statement):
    """Return the names that a statement gives: by `def`, `class` or `=`."""
    if isinstance(statement, libcst.FunctionDef | libcst.ClassDef):
        return {statement.name.value}
    given = matchers.findall(
        statement, matchers.AssignTarget() | matchers.AnnAssign(target=matchers.Name())
    )
    return {
        name.value
        for assigned in given
        for name in matchers.findall(assigned.target, matchers.Name())
    }


def _pairs(nodes):
    return zip(nodes, nodes[1:], strict=False)


def _runs_later(node, parent):
    """Tell whether a node is the body of a function, not its head."""
    return isinstance(parent, libcst.FunctionDef | libcst.Lambda) and (
        node is parent.body
    )
