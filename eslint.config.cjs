// OCA's rules for 19.0, grouped by how bad they are.
const globals = require("globals");
const jsdoc = require("eslint-plugin-jsdoc");

const all = (severity, names) =>
    Object.fromEntries(names.map((name) => [name, severity]));

const errors = `no-cond-assign no-const-assign no-debugger no-dupe-args
  no-dupe-class-members no-dupe-keys no-duplicate-case no-duplicate-imports
  no-empty-character-class no-empty-function no-empty-pattern no-eq-null no-eval
  no-ex-assign no-func-assign no-global-assign no-lonely-if no-return-assign no-undef
  no-unneeded-ternary no-unreachable no-unsafe-finally no-unused-expressions
  no-unused-labels no-unused-vars no-use-before-define init-declarations use-isnan`;

const warnings = `accessor-pairs array-callback-return constructor-super dot-notation
  eqeqeq max-depth max-nested-callbacks no-alert no-array-constructor no-caller
  no-case-declarations no-class-assign no-constant-condition no-control-regex
  no-delete-var no-div-regex no-else-return no-empty no-extend-native no-extra-bind
  no-extra-boolean-cast no-extra-label no-fallthrough no-implicit-globals
  no-implied-eval no-inline-comments no-inner-declarations no-invalid-regexp
  no-irregular-whitespace no-iterator no-label-var no-labels no-lone-blocks
  no-multi-str no-negated-condition no-new no-new-func no-new-wrappers no-obj-calls
  no-octal no-octal-escape no-param-reassign no-proto no-prototype-builtins
  no-redeclare no-regex-spaces no-script-url no-self-assign no-self-compare
  no-sequences no-shadow no-shadow-restricted-names no-sparse-arrays
  no-this-before-super no-throw-literal no-undef-init no-unmodified-loop-condition
  no-useless-call no-useless-computed-key no-useless-concat no-useless-constructor
  no-useless-escape no-useless-rename no-void no-with prefer-const radix
  require-yield sort-imports valid-typeof yoda
  jsdoc/check-tag-names jsdoc/check-types`;

module.exports = [
    {
        plugins: {jsdoc},
        languageOptions: {
            globals: {
                luxon: "readonly",
                odoo: "readonly",
                owl: "readonly",
                ...globals.browser,
            },
            ecmaVersion: 2024,
            sourceType: "module",
        },
        rules: {
            ...all("error", errors.split(/\s+/)),
            ...all("warn", warnings.split(/\s+/)),
            "capitalized-comments": [
                "warn",
                "always",
                {ignoreConsecutiveComments: true, ignoreInlineComments: true},
            ],
            complexity: ["warn", 15],
            "no-implicit-coercion": ["warn", {allow: ["~"]}],
            "operator-assignment": ["error", "always"],
            "spaced-comment": ["error", "always"],
        },
    },
];
