package outline

// HasStrays reports whether something of the text is no field and no item.
func (o *Outline) HasStrays() bool { return len(o.strays) > 0 }
