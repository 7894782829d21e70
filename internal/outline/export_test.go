package outline

import "slices"

// IsHalf reports whether a key of a flow has no colon, or a bracket or quotation mark is not closed: the text is half typed, or the value goes
// on over lines that are indented less than YAML asks for.
func (o *Outline) IsHalf() bool {
	return slices.ContainsFunc(o.nodes, func(n node) bool { return n.bare || n.open })
}

// HasStrays reports whether something of the text is no field and no item.
func (o *Outline) HasStrays() bool { return len(o.strays) > 0 }
