// What Gradio's components do not do: recalling questions, scrolling to a mark and walking through marks, copying,
// opening and closing the panels, and handing a file to the browser. Everything else is asked of the program.
"use strict";
window.articleQA = (() => {
    const KEY = "article-qa";
    // The language of the page, as Gradio and the program choose it: the browser's first, where we have its words.
    const [first] = navigator.language.toLowerCase().split("-");
    const tongue = first in articleQAWords ? first : "en";
    const word = (key, values = {}) => articleQAWords[tongue][`js_${key}`].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    const fromTheRight = articleQAFromTheRight.includes(tongue);
    document.documentElement.dir = fromTheRight ? "rtl" : "ltr";
    const TICK_MS = 3000;  // what does not count by then is ticked no more
    const wide = matchMedia("(min-width: 1100px)");
    const find = selector => document.querySelector(selector);
    const all = selector => [...document.querySelectorAll(selector)];
    const questions = () => all("#chat .question").map(one => one.textContent);
    let opener = null;  // what opened the article, to go back to
    let awaited = false;  // whether an answer is being written
    let placed = null;  // the last question that was moved to the top
    let shown = "";     // the article that is shown
    let seen = "";      // the conversation that is shown
    let restored = false;  // whether what was typed before the page was loaded is back in the box
    let waits = false;  // whether a question was sent before it could be asked
    let sent = {value: "", at: -Infinity};  // the last question, and when
    let recalled = -1;  // how many questions back the arrow keys are

    // Storage may be forbidden; the page works without it.
    const stored = (store, name) => { try { return store().getItem(`${KEY}-${name}`); } catch { return null; } };
    const store = (store_, name, value) => { try { store_().setItem(`${KEY}-${name}`, value); } catch { /* see above */ } };
    const session = () => sessionStorage, local = () => localStorage;

    const isOpen = panel => find("#columns")?.dataset[panel] === "open";
    const toggle = (panel, open = !isOpen(panel)) => {
        const columns = find("#columns");
        if (!columns) return;
        const was = isOpen(panel);
        columns.dataset[panel] = open ? "open" : "closed";
        if (panel === "aside") find("#menu")?.setAttribute("aria-expanded", String(open));
        cover();
        if (open && !was && !wide.matches) (panel === "aside" ? find("#aside button") : find("#close"))?.focus();
        if (!open && was && panel === "beside") goBack();
        const elsewhere = find("#main")?.contains(document.activeElement);
        if (!open && was && panel === "aside" && !wide.matches && !elsewhere) find("#menu")?.focus();
    };

    // What a panel lies over cannot be reached by Tab.
    const cover = () => {
        const over = wide.matches ? null : ["beside", "aside"].find(isOpen);
        for (const part of ["aside", "main", "beside"]) {
            find(`#${part}`)?.toggleAttribute("inert", Boolean(over) && part !== over);
        }
    };

    // To what opened the article, or to what stands in its place by now.
    const goBack = () => {
        const again = opener?.isConnected
            ? opener
            : all("#columns button[name]").find(one => one.name === opener?.name && one.value === opener?.value);
        if (again?.closest("#aside") && !isOpen("aside")) toggle("aside", true);
        (again ?? find("#question textarea"))?.focus();
    };

    const say = words => {
        let live = find("#said-aloud");
        if (!live) {
            live = Object.assign(document.createElement("div"), {id: "said-aloud", className: "aside"});
            live.setAttribute("role", "status");
            document.body.append(live);
        }
        live.textContent = words;
    };

    const copy = async button => {
        const answer = button.closest(".answer");
        const quotes = [...answer.querySelectorAll("figure")].map(figure => {
            const caption = figure.querySelector("figcaption").cloneNode(true);
            caption.querySelectorAll(".aside, .number").forEach(one => one.remove());
            const link = figure.querySelector("a")?.href;
            return `“${figure.querySelector("blockquote").textContent}”\n— ${caption.textContent.trim()}${link ? ` ${link}` : ""}`;
        });
        const words = [...answer.querySelectorAll(".words, .reason, .unsure")].map(one => one.textContent);
        const text = [...words, ...quotes].join("\n\n");
        try {
            await navigator.clipboard.writeText(text);
        } catch {  // not over plain http from another machine
            const area = Object.assign(document.createElement("textarea"), {value: text});
            document.body.append(area);
            area.select();
            document.execCommand("copy");
            area.remove();
            button.focus();
        }
        button.classList.add("done");
        setTimeout(() => button.classList.remove("done"), 1500);
        say(word("copied"));
    };

    const walk = step => {
        const marks = all("#source mark");
        if (!marks.length) return;
        const now = marks.findIndex(mark => mark.classList.contains("now"));
        const next = now < 0 && step < 0 ? marks.length - 1 : (now + step + marks.length) % marks.length;
        marks.forEach((mark, number) => mark.classList.toggle("now", number === next));
        const values = {number: next + 1, count: marks.length, text: marks[next].textContent};
        find("#source .place").textContent = word("place", values);
        marks[next].scrollIntoView({block: "center"});
        say(word("quote", values));
    };

    const fill = (box, text) => {
        box.value = text;
        box.dispatchEvent(new Event("input", {bubbles: true}));
        box.setSelectionRange(text.length, text.length);
    };

    const recall = (event, box) => {
        const before = questions().reverse();
        const at = recalled >= 0 && box.value === before[recalled] ? recalled : -1;
        if (event.key === "ArrowUp" && (at >= 0 || !box.value) && at + 1 < before.length) recalled = at + 1;
        else if (event.key === "ArrowDown" && at >= 0) recalled = at - 1;
        else return;
        event.preventDefault();
        fill(box, recalled >= 0 ? before[recalled] : "");
    };

    document.addEventListener("click", event => {
        const button = event.target.closest?.("button[name]");
        if (button) {
            const name = button.name;
            if (["cite", "open", "part"].includes(name)) {
                if (name !== "part") opener = button;
                toggle("beside", true);
                if (name === "open" && !wide.matches) toggle("aside", false);
            }
            if (name === "talk" && !wide.matches) toggle("aside", false);
            if (name === "copy") copy(button);
            if (name === "back" || name === "on") walk(name === "on" ? 1 : -1);
            if (name === "edit" || name === "keep") find("#question textarea")?.focus();
            if (name === "show") {
                toggle("aside", true);
                all("#shelves [role=tab]")[1]?.click();
            }
        } else if (!wide.matches && event.target.id === "columns") {  // beside the panel, as what it covers is inert
            toggle(isOpen("beside") ? "beside" : "aside", false);
        }
    });

    // Gradio redraws a list row by row in place, and the browser keeps for the next article what was made of the box that
    // stood there. What is asked stands in the attribute.
    const boxes = () => all("#articles input[name=only]");
    const tickWhatIsAsked = (some = boxes()) => {
        some.forEach(box => { box.checked = box.defaultChecked; });
        sendWaiting();
    };
    const ticking = () => boxes().some(box => box.checked !== box.defaultChecked);
    const sendWaiting = () => {
        if (!waits || !seen || ticking()) return;
        waits = false;
        setTimeout(() => find("#question .submit-button")?.click(), 50);
    };

    // What is sent before the page has begun waits for it: the program does not yet know which conversation it is in.
    // What is sent right after a tick waits until the tick counts. And a question is sent once, though Enter be pressed
    // twice or held.
    const sends = event => {
        const button = event.type === "click" && event.target.closest?.("#question .submit-button");
        const enter = event.key === "Enter" && !event.shiftKey && !event.isComposing
            && event.target.matches?.("#question textarea");
        if (!button && !enter) return;
        const {value} = find("#question textarea");
        // Between two Enters the box may have been emptied for the first.
        const again = event.repeat || ((!value || value === sent.value) && event.timeStamp - sent.at < 1000);
        if (seen && !again && !ticking()) {
            sent = {value, at: event.timeStamp};
            return;
        }
        event.preventDefault();
        event.stopImmediatePropagation();
        if (seen && !again && !waits) setTimeout(tickWhatIsAsked, TICK_MS);
        waits ||= !seen || !again;
    };
    document.addEventListener("keydown", sends, true);
    document.addEventListener("click", sends, true);

    document.addEventListener("keydown", event => {
        if (event.key === "Escape") {
            if (isOpen("beside")) toggle("beside", false);
            else if (isOpen("aside") && !wide.matches) toggle("aside", false);
        }
        if (event.target.matches?.("#question textarea") && ["ArrowUp", "ArrowDown"].includes(event.key)) {
            recall(event, event.target);
        }
    });

    // What is said of Gradio's own elements where Gradio says nothing, or what is not so.
    const set = (selector, attributes) => all(selector).forEach(element => {
        for (const [attribute, value] of Object.entries(attributes)) {
            if (value === null) element.removeAttribute(attribute);
            else if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
        }
    });

    const begin = () => {
        const skip = document.createElement("a");
        Object.assign(skip, {className: "skip", href: "#question", textContent: word("skip")});
        skip.addEventListener("click", event => {
            event.preventDefault();
            if (!wide.matches) ["beside", "aside"].forEach(panel => toggle(panel, false));
            find("#question textarea")?.focus();
        });
        document.body.prepend(skip);
        say("");  // what is said in a place that was not there before is not heard everywhere
    };

    const name = () => {
        set("#aside", {role: "navigation", "aria-label": word("navigation")});
        set("#beside", {role: "region", "aria-label": word("article")});
        set("#source", {tabindex: "0", role: "group", "aria-label": word("article_text")});
        // A message's label is its HTML, tags and all; and what is half written is not to be read out, see `announce`.
        set("#chat [data-testid][aria-label]", {"aria-label": null});
        set("#chat [role=log]", {"aria-live": "off", "aria-label": word("conversation"), tabindex: "0"});
        set("#chat .placeholder-content, #chat .examples", {role: null});
        set("#columns [data-testid=textbox][dir=ltr]", {dir: "auto"});
        // Gradio says of each of its parts that it is from left to right. Commands are, in whichever page.
        if (fromTheRight) set("#columns [dir=ltr]:not(.left)", {dir: null});
        all("#columns .label-wrap").forEach(button => {
            const content = button.parentElement.querySelector("[data-testid=accordion-content]");
            const open = content?.style.display !== "none";
            if (button.getAttribute("aria-expanded") !== String(open)) button.setAttribute("aria-expanded", open);
        });
        set("#columns .label-wrap .icon", {"aria-hidden": "true"});
    };

    // An answer is read out once it is whole, and what stands in its place.
    const announce = () => {
        const last = all("#chat .bot-row").pop();
        const whole = last?.querySelector(".acts"), note = last?.querySelector(".note")?.textContent ?? "";
        if (!last || (!whole && (!note || note.endsWith("…")))) awaited = Boolean(last);
        else if (awaited) {
            awaited = false;
            const quotes = last.querySelectorAll(".answer figure").length;
            const words = [...last.querySelectorAll(".words, .reason, .unsure")].map(one => one.textContent).join(" ");
            say(whole ? word(quotes ? "answer_quotes" : "answer", {text: words, count: quotes}) : note);
        }
    };

    // What was typed is there again, whoever loads the page anew: Gradio does when the program was away for a while.
    // It is forgotten where somebody else is logged in by then.
    const who = () => find("#who bdi")?.textContent ?? "";
    const restore = () => {
        const [whose, words] = JSON.parse(stored(session, "unsent") || "[]");
        if (whose && !who()) return;  // it is not yet shown who is logged in
        restored = true;
        store(session, "unsent", "");
        const box = find("#question textarea");
        if (words && whose === who() && !box.value) fill(box, words);
    };

    const settle = () => {
        const chosen = document.body && stored(local, "light");
        if (chosen && document.body.classList.contains("dark") !== (chosen === "dark")) {
            document.body.classList.toggle("dark", chosen === "dark");
        }
        const columns = find("#columns");
        if (columns && !columns.dataset.aside) {
            columns.dataset.beside = "closed";
            toggle("aside", wide.matches);
            find("#menu")?.setAttribute("aria-controls", "aside");
            begin();
        }
        name();
        announce();
        all("#chat button.toggle").forEach(button => {
            const on = String(button.classList.contains("on"));
            if (button.getAttribute("aria-pressed") !== on) button.setAttribute("aria-pressed", on);
        });
        // A new question moves to the top, so that an answer is read from its beginning.
        const scroller = find("#chat .bubble-wrap, #chat .panel-wrap");
        const question = all("#chat .user-row").pop();
        if (scroller && question && question !== placed) {
            const off = () => question.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
            scroller.scrollTop += off();
            // Once it is there, or the answer is whole and too short for it: from then on the reader scrolls.
            const last = all("#chat .bot-row").pop();
            if (Math.abs(off()) < 2 || last?.querySelector(".acts")) placed = question;
        }
        if (find("#question textarea")?.value !== sent.value) sent.at = -Infinity;  // it has left the box
        const here = find("#here .prose")?.textContent;
        if (here === "reload") location.reload();  // the program was started anew
        else if (here && here !== seen) {
            seen = here;
            for (const place of [session, local]) store(place, "here", here === "-" ? "" : here);
        }
        sendWaiting();
        if (seen && !restored) restore();
        const waiting = find("#queue .progress-text")?.textContent.match(/queue: (\d+)\/(\d+)/);
        const said = waiting ? word("waiting", {number: waiting[1], count: waiting[2]}) : "";
        const queue = find("#queue-said");
        if (queue && queue.textContent !== said) queue.textContent = said;
        const article = find("#source [id^=shown-]");
        if (article && article.id !== shown) {
            shown = article.id;
            find("#source").scrollTop = 0;
            const mark = article.querySelector("mark.now");
            (mark ?? article).scrollIntoView({block: mark ? "center" : "start"});
            article.querySelector("h2")?.focus({preventScroll: true});
        }
    };
    addEventListener("pagehide", () => {
        if (restored) store(session, "unsent", JSON.stringify([who(), find("#question textarea").value]));
    });
    wide.addEventListener("change", () => toggle("aside", wide.matches));
    new MutationObserver(changes => {
        const drawn = changes.map(change => change.target).filter(one => one.matches("#articles input[name=only]"));
        if (drawn.length) tickWhatIsAsked(drawn);
    }).observe(document, {subtree: true, attributeFilter: ["checked", "value"]});
    new MutationObserver(settle).observe(document, {childList: true, subtree: true, characterData: true});
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(settle));

    return {
        toggle,
        tickWhatIsAsked,
        light: () => {
            const dark = document.body.classList.toggle("dark");
            store(local, "light", dark ? "dark" : "light");
        },
        save: file => {
            if (!file) return;
            const url = URL.createObjectURL(new Blob([file.text], {type: file.type}));
            const link = Object.assign(document.createElement("a"), {href: url, download: file.name});
            document.body.append(link);
            link.click();
            link.remove();
            setTimeout(() => URL.revokeObjectURL(url), 10000);
        },
    };
})();
