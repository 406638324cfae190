import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const {DateTime} = luxon;

const BADGES = {
    blue: _t("Verified"),
    business: _t("Verified organisation"),
    government: _t("Government account"),
};

const AVAILABILITY = {
    protected: _t("Protected"),
    suspended: _t("Suspended at X"),
    gone: _t("No longer at X"),
};

const AVAILABILITY_HELP = {
    protected: _t("The posts of this account are for its followers alone."),
    suspended: _t("X does not show this account, so its name and picture are deleted."),
    gone: _t("X does not show this account, so its name and picture are deleted."),
};

/**
 * "Nov 22", with the year where it is another one.
 *
 * @param {DateTime} date
 * @returns {string}
 */
function shortDate(date) {
    const isThisYear = date.hasSame(DateTime.now(), "year");
    const year = isThisYear ? {} : {year: "numeric"};
    return date.toLocaleString({month: "short", day: "numeric", ...year});
}

/** One line: the connected X account, or how far the customer has come. */
export class TwitterCardField extends Component {
    static template = "helpdesk_twitter_identity.TwitterCardField";
    static props = {...standardFieldProps};

    get card() {
        return this.props.record.data[this.props.name] || {};
    }

    get initial() {
        const {name, username} = this.card.identity;
        return ([...(name || username)][0] || "?").toUpperCase();
    }

    get badge() {
        return BADGES[this.card.identity.badge];
    }

    get availability() {
        return AVAILABILITY[this.card.identity.availability];
    }

    get availabilityHelp() {
        return AVAILABILITY_HELP[this.card.identity.availability];
    }

    get emailText() {
        return this.card.identity.email_matches
            ? _t("X e-mail matches")
            : _t("X e-mail differs");
    }

    get proven() {
        const {linked_at, proof} = this.card.identity;
        const linkedAt = deserializeDateTime(linked_at);
        const date = shortDate(linkedAt);
        return proof === "portal_session"
            ? _t("proven %s by portal sign-in", date)
            : _t("proven %s by a code", date);
    }

    get steps() {
        return (this.card.steps || []).map((step) => {
            const at = deserializeDateTime(step.at);
            const isToday = at.hasSame(DateTime.now(), "day");
            return {
                text: step.text,
                at: isToday ? at.toFormat("HH:mm") : shortDate(at),
                title: formatDateTime(at),
            };
        });
    }
}

registry.category("fields").add("twitter_card", {
    component: TwitterCardField,
    displayName: _t("X account"),
    supportedTypes: ["json"],
});
