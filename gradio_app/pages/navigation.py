"""What all pages share: the way from one to the other, and what holds each."""

import gradio as gr

from gradio_app.pages.assets import read_asset
from gradio_app.settings import Settings

TITLE = "Draw a digit"
# Name in the address, and in the navigation. Each has markup and a script in assets.
PLAIN_PAGES = {
    "upload": "Upload",
    "teach": "Teach",
    "history": "History",
    "dashboard": "Dashboard",
    "model": "Model",
}
# For whoever runs the app; they ask for its key, once a tab.
KEY_PAGES = {"review": "Review", "retrain": "Retrain"}
NONE_KEPT = "The pictures themselves are read and forgotten."
SOME_KEPT = (
    "Some of the pictures are kept, without a name, to see how well they are read."
)
LINK = '<li><a href="#{name}" data-page="{name}">{title}</a></li>'


def choose_pages(*, has_key: bool, can_retrain: bool) -> dict[str, str]:
    """Give the names and titles of the pages besides Draw that there are.

    Args:
        has_key: whether this app has a key that could be asked for.
        can_retrain: whether a model can be trained where this app runs.
    """
    if not has_key:
        return PLAIN_PAGES
    behind = KEY_PAGES if can_retrain else {"review": KEY_PAGES["review"]}
    return PLAIN_PAGES | behind


def add_navigation(scripts: str, pages: dict[str, str]) -> None:
    """Add the links to every page, and the script that follows them.

    All pages are one document: going elsewhere is instant, and a drawing stays.

    Args:
        scripts: folder of the scripts, relative to the page.
        pages: names and titles of the pages besides Draw.
    """
    links = "".join(
        LINK.format(name=name, title=title)
        for name, title in {"draw": "Draw", **pages}.items()
    )
    gr.HTML(
        value="",
        html_template=(
            '<a class="skip" href="#draw-title">Skip to the page</a>'
            f'<nav class="pages" aria-label="Pages"><ul>{links}</ul></nav>'
        ),
        js_on_load=f"import(new URL('{scripts}app.js', document.baseURI))"
        ".then((app) => app.start(element));",
        apply_default_css=False,
        elem_id="navigation",
    )


def add_plain_pages(
    settings: Settings, pages: dict[str, str], *, has_key: bool
) -> None:
    """Add the pages that speak with REST alone.

    Args:
        settings: what the pages say of limits, and of what is kept.
        pages: names and titles of the pages besides Draw.
        has_key: whether this app has a key that could be asked for.
    """
    kept = SOME_KEPT if settings.keep_images else NONE_KEPT
    filled = {
        "@KEPT@": kept,
        "@MOST_BYTES@": str(settings.upload_limits.body),
        "@NO_KEY@": "" if has_key else "hidden",
    }
    for name in pages:
        markup = read_asset(f"{name}.html")
        for mark, text in filled.items():
            markup = markup.replace(mark, text)
        gr.HTML(
            value="",
            html_template=markup,
            js_on_load=None,
            apply_default_css=False,
            elem_id=f"page-{name}",
            elem_classes="page",
        )
