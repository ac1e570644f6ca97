"""One public function per verb: plain arguments in, result values out, nothing printed."""
