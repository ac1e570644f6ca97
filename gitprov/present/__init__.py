"""Results as JSON shapes, text lines and table cells; no input or output."""
