import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("helpdesk_twitter_identity.portal", {
    steps: () => [
        {
            content: "The portal's home has a card",
            trigger: ".o_portal_index_card a[href='/my/twitter']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The page says for whom",
            trigger: "#wrap:contains(Tell Example Ltd which X account is yours)",
        },
        {
            content: "What is kept is told before anything is asked",
            trigger: "summary:contains(What we keep)",
            run: "click",
        },
        {
            content: "And for how long",
            trigger: "details[open] li:contains(until you disconnect)",
        },
        {
            content: "The privacy policy is at hand",
            trigger: "label a[href='https://www.example.com/privacy']",
        },
        {
            content: "Nobody has agreed for the customer",
            trigger: "#twitter_consent:not(:checked)",
        },
        {
            content: "Without consent the button leads nowhere",
            trigger: "button:contains(Connect X account)",
            run: "click",
        },
        {
            content: "The browser asks for the box",
            trigger: "#twitter_consent:invalid:focus",
        },
        {
            content: "Agree",
            trigger: "#twitter_consent",
            run: "check",
        },
        {
            content: "Now nothing is missing",
            trigger: "form:has(#twitter_consent:checked):not(:invalid)",
        },
    ],
});

registry.category("web_tour.tours").add("helpdesk_twitter_identity.ask_for_help", {
    steps: () => [
        {
            content: "The page says what happened",
            trigger: ".o_twitter_problem[data-code=link_withdrawn]",
        },
        {
            content: "It offers two steps to try first",
            trigger:
                "#wrap:contains(Before you ask for help, try this) li:nth-of-type(2)",
        },
        {
            content: "Ask for help",
            trigger: "form[action='/twitter/help'] button:contains(Ask for help)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The question has a number",
            trigger: "#wrap:contains(HT0)",
        },
    ],
});
