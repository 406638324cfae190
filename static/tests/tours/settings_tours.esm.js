import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("helpdesk_twitter_identity.settings", {
    steps: () => [
        {
            content: "Open the helpdesk's settings",
            trigger: ".settings_tab [data-key=helpdesk_mgmt]",
            run: "click",
        },
        {
            content: "The address to register at X can be copied",
            trigger: "[name=twitter_callback_url]:contains(/twitter/callback) button",
        },
        {
            content: "The secret is set, and not shown",
            trigger: "#twitter_credentials:contains(Set.) [name=twitter_client_secret]",
        },
        {
            content: "Type a public address that can't work",
            trigger: "[name=twitter_public_url] input",
            run: "edit http://help.example.com",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "It is refused with a sentence that says why",
            trigger:
                ".modal:contains(The public address has to begin with https://)" +
                ":contains(http://help.example.com) button",
            run: "click",
        },
        {
            content: "Let it be",
            trigger: ".o_form_button_cancel",
            run: "click",
        },
        {
            content: "The old address stands there again",
            trigger: "[name=twitter_public_url] input:not(:value(help.example.com))",
        },
    ],
});
