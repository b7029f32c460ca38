//! Windows onto device registers, and fake ones for tests.
