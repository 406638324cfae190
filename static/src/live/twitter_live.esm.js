import {Component, onMounted, onWillUnmount, useEffect, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

const CHANGED = "helpdesk_twitter_identity.changed";

/** An open form shows within seconds what the customer has done. */
export class TwitterLive extends Component {
    static template = "helpdesk_twitter_identity.TwitterLive";
    static props = {...standardWidgetProps};

    setup() {
        this.bus = useService("bus_service");
        this.state = useState({isBehind: false});
        const onChanged = (payload) => this.onChanged(payload);
        useEffect(
            (...channels) => {
                channels.forEach((channel) => this.bus.addChannel(channel));
                return () =>
                    channels.forEach((channel) => this.bus.deleteChannel(channel));
            },
            () => this.channels
        );
        // What is on screen is the newest again.
        useEffect(
            () => {
                this.state.isBehind = false;
            },
            () => [this.props.record.data.twitter_card]
        );
        onMounted(() => this.bus.subscribe(CHANGED, onChanged));
        onWillUnmount(() => this.bus.unsubscribe(CHANGED, onChanged));
    }

    /** What this form is about: the record, and the contact of a ticket. */
    get channels() {
        const {resModel, resId, data} = this.props.record;
        const about = [[resModel, resId]];
        if (data.partner_id) {
            about.push(["res.partner", data.partner_id.id]);
        }
        return about
            .filter(([, id]) => id)
            .map(([model, id]) => `${CHANGED}_${model}_${id}`);
    }

    async onChanged({channel}) {
        if (!this.channels.includes(channel)) {
            return;
        }
        if (await this.props.record.isDirty()) {
            // A reload would throw away what the agent has typed.
            this.state.isBehind = true;
        } else {
            await this.props.record.load();
        }
    }
}

registry.category("view_widgets").add("twitter_live", {
    component: TwitterLive,
    fieldDependencies: [{name: "twitter_card", type: "json"}],
});
