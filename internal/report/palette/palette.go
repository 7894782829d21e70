// Package palette has the colours of pages, light and dark, so that a status looks the same on each. Each pair of colours that text is
// shown in has the contrast that WCAG asks for.
package palette

import _ "embed"

// CSS defines the colours as custom properties.
//
//go:embed palette.css
var CSS string
