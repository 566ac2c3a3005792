// A scan asks for so many at once. With this file it goes on by itself, until all are done or the page is left.
"use strict";

document.querySelector("form[data-go-on]")?.requestSubmit();
