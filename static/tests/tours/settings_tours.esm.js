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

registry.category("web_tour.tours").add("helpdesk_twitter_identity.check_set_up", {
    steps: () => [
        {
            content: "Open the helpdesk's settings",
            trigger: ".settings_tab [data-key=helpdesk_mgmt]",
            run: "click",
        },
        {
            content: "X's console is one click away",
            trigger: "#twitter_register a[href='https://console.x.com'][target=_blank]",
        },
        {
            content: "Check the set-up",
            trigger: "#twitter_check button[name=action_twitter_check]",
            run: "click",
        },
        {
            content: "X takes the two values",
            trigger: ".modal li:contains(X takes them.):contains(good)",
        },
        {
            content: "What is missing is red, with what mends it",
            trigger:
                ".modal li:contains(Privacy policy):contains(wrong)" +
                ":contains(What mends it) a[href='/twitter/manual#not_configured']",
        },
        {
            content: "Check again",
            trigger: ".modal footer button[name=action_check]",
            run: "click",
        },
        {
            content: "It is still so",
            trigger: ".modal li:contains(Privacy policy):contains(wrong)",
        },
        {
            content: "Close the dialog",
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            content: "The dialog is gone",
            trigger: "body:not(:has(.modal))",
        },
    ],
});

registry.category("web_tour.tours").add("helpdesk_twitter_identity.funnel", {
    steps: () => [
        {
            content: "Ways to a connected account by week, as a graph",
            trigger: ".o_graph_view canvas",
        },
        {
            content: "Look at the numbers",
            trigger: ".o_switch_view.o_pivot",
            run: "click",
        },
        {
            content: "One link was begun, by mail",
            trigger: ".o_pivot table:contains(Link by e-mail):contains(Went to X)",
        },
    ],
});
