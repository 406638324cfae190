import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const BUTTON = "button[name=action_twitter_link]:visible";

/** Open the dialog by the ticket's button. */
function pressButton() {
    return [
        {
            content: "Press the button of the ticket",
            trigger: `.o_form_statusbar ${BUTTON}`,
            run: "click",
        },
        {
            content: "The dialog is there",
            trigger: ".modal .modal-title:contains(X account)",
        },
    ];
}

/** Close the dialog. */
function close() {
    return [
        {
            content: "Close the dialog",
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            content: "The dialog is gone",
            trigger: "body:not(:has(.modal))",
        },
    ];
}

registry.category("web_tour.tours").add("helpdesk_twitter_identity.send_link", {
    steps: () => [
        {
            content: "A ticket that came by X asks for the account",
            trigger: `.o_form_statusbar ${BUTTON}.btn-primary`,
        },
        ...pressButton(),
        {
            content: "It says for whom the link is, and until when",
            trigger: ".modal [name=intro]:contains(For Bruno Lima alone)",
        },
        {
            content: "And where the mail goes",
            trigger: ".modal [name=address]:contains(bruno@gmail.com)",
        },
        {
            content: "The mail stands there as it will read",
            trigger: ".modal [name=email_message]:contains(/twitter/link/)",
        },
        {
            content: "Look at the direct message",
            trigger: ".modal .nav-link[name=direct_message]",
            run: "click",
        },
        {
            content: "It has the link and what X demands: the privacy policy",
            trigger:
                ".modal [name=direct_message]:contains(/twitter/link/):contains(/privacy)",
        },
        {
            content: "It tells how long it is",
            trigger: ".modal [name=direct_length]:contains(/ 10000)",
        },
        {
            content: "Look at the public reply",
            trigger: ".modal .nav-link[name=public_reply]",
            run: "click",
        },
        {
            content: "It leads to the portal and carries no token",
            trigger:
                ".modal [name=public_message]:contains(/my/twitter)" +
                ":not(:contains(/twitter/link/))",
        },
        {
            content: "Back to the mail",
            trigger: ".modal .nav-link[name=email]",
            run: "click",
        },
        {
            content: "Send it",
            trigger: ".modal button[name=action_send_email]",
            run: "click",
        },
        {
            content: "It says where the mail goes",
            trigger: ".o_notification:contains(on its way to bruno@gmail.com)",
        },
        {
            content: "The ticket says so, too, without being loaded again",
            trigger: ".o_twitter_card:contains(sent by e-mail)",
        },
    ],
});

registry.category("web_tour.tours").add("helpdesk_twitter_identity.no_contact", {
    steps: () => [
        ...pressButton(),
        {
            content: "It says why there is no link",
            trigger: ".modal .alert:contains(This ticket has no contact)",
        },
        {
            content: "There is the public reply, and nothing else",
            trigger: ".modal .nav-link[name=public_reply].active:only",
        },
        {
            content: "Without any link that was made for somebody",
            trigger: ".modal:contains(/my/twitter):not(:contains(/twitter/link/))",
        },
        {
            content: "Nothing can be mailed",
            trigger: ".modal:not(:has(button[name=action_send_email]:visible))",
        },
        ...close(),
    ],
});

registry.category("web_tour.tours").add("helpdesk_twitter_identity.contact_card", {
    steps: () => [
        {
            content: "The contact's form shows the connected account",
            trigger: ".o_twitter_card:contains(Ana Souza):contains(by portal sign-in)",
        },
        {
            content: "With a link to the profile",
            trigger: ".o_twitter_card a[href='https://x.com/Ana']:contains(@Ana)",
        },
        {
            content: "And X's mark",
            trigger: ".o_twitter_card [aria-label=X]",
        },
    ],
});

registry.category("web_tour.tours").add("helpdesk_twitter_identity.find_contact", {
    steps: () => [
        {
            content: "Nobody is known to have written",
            trigger: ".o_inner_group:has([name=partner_id]):not(:has(.o_twitter_card))",
        },
        {
            content: "Type the handle where the contact is chosen",
            trigger: ".o_field_widget[name=partner_id] input",
            run: "edit @ana",
        },
        {
            content: "It finds the contact, and nobody else",
            trigger:
                ".o-autocomplete--dropdown-menu:not(:contains(Carla Dias)) " +
                ".o-autocomplete--dropdown-item a:contains(Ana Souza)",
            run: "click",
        },
        {
            content: "Whose account it is stands there at once",
            trigger: ".o_twitter_card:contains(@Ana)",
        },
        ...stepUtils.saveForm(),
    ],
});

registry.category("web_tour.tours").add("helpdesk_twitter_identity.what_happened", {
    steps: () => [
        {
            content: "Look at what the customer has done",
            trigger: "button[name=action_twitter_timeline]:visible",
            run: "click",
        },
        {
            content: "One sentence tells how far they came",
            trigger: ".modal .o_twitter_timeline p:contains(Tried everything)",
        },
        {
            content: "And what nobody is to ask again",
            trigger:
                ".modal .o_twitter_timeline ul li:contains(whether the link works)",
        },
        {
            content: "Each step stands there, with what it means",
            trigger:
                ".modal .o_twitter_timeline ol li:contains(cancelled)" +
                " a[href='/twitter/manual#cancelled']",
        },
        ...close(),
    ],
});
