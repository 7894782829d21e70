package document

import (
	"fmt"
	"strings"
	"testing"
)

// hostileShapes are texts of about n bytes in which a reader could do work that grows faster than they do: each repeats what
// a scanner or a parser looks back over.
var hostileShapes = map[string]func(n int) string{
	"list":                func(n int) string { return "a:\n" + repeat("- 1\n", n) },
	"maps":                func(n int) string { return "a:\n" + repeat("- {a: 1, b: 2}\n", n) },
	"flow list":           func(n int) string { return "a: [" + repeat("1,", n) + "]" },
	"flow lists":          func(n int) string { return "a: [" + repeat("[],", n) + "]" },
	"flow pairs":          func(n int) string { return "a: [" + repeat("b: 1,", n) + "]" },
	"flow maps":           func(n int) string { return "a: [" + repeat("{a: 1},", n) + "]" },
	"explicit keys":       func(n int) string { return "a: [" + repeat("? ,", n) + "]" },
	"comments":            func(n int) string { return "a: 1\n" + repeat("# c\n", n) },
	"comments above":      func(n int) string { return "a:\n" + repeat("  # c\n", n) + "  b: 1\n" },
	"comments between":    func(n int) string { return "a:\n" + repeat("# c\n- 1\n", n) },
	"comments apart":      func(n int) string { return "a:\n" + repeat("- 1\n\n# c\n\n", n) },
	"comments beside":     func(n int) string { return "a:\n" + repeat("- 1 # c\n", n) },
	"comments in a flow":  func(n int) string { return "a: [" + repeat("1,# c\n", n) + "]" },
	"comments indented":   func(n int) string { return "a:\n  b: 1\n" + repeat("    # c\n", n) + "c: 1\n" },
	"blank lines":         func(n int) string { return "a: 1\n" + repeat("\n", n) + "b: 1\n" },
	"spaces":              func(n int) string { return "a: x" + repeat(" ", n) + "y\n" },
	"blank folds":         func(n int) string { return "a: x\n" + repeat("  \n", n) + "  y\n" },
	"plain text":          func(n int) string { return "a: " + repeat("x", n) },
	"plain lines":         func(n int) string { return "a:\n" + repeat("  x\n", n) },
	"quoted text":         func(n int) string { return `a: "` + repeat("x", n) + `"` },
	"quoted lines":        func(n int) string { return `a: "` + repeat("x\n", n) + `"` },
	"escaped line ends":   func(n int) string { return `a: "` + repeat("\\\n", n) + `"` },
	"literal lines":       func(n int) string { return "a: |\n" + repeat("  x\n", n) },
	"folded lines":        func(n int) string { return "a: >\n" + repeat("  x\n\n", n) },
	"a wide mapping":      func(n int) string { return numbered(n, "k%d: 1\n") },
	"wide flow mapping":   func(n int) string { return "a: {" + numbered(n, "k%d: 1,") + "}" },
	"full mappings":       fullMappings,
	"open lists":          func(n int) string { return "a: " + repeat("[", n) },
	"open maps":           func(n int) string { return "a: " + repeat("{a: ", n) },
	"open items":          func(n int) string { return repeat("- ", n) },
	"open keys":           func(n int) string { return repeat("? ", n) },
	"keys without values": func(n int) string { return repeat("? a\n", n) },
	"a deep list":         func(n int) string { return "a: " + strings.Repeat("[", 62) + repeat("1,", n) + strings.Repeat("]", 62) },
	"documents":           func(n int) string { return repeat("---\n", n) },
	"aliases":             func(n int) string { return "a: &x 1\nb: [" + repeat("*x,", n) + "]" },
	"anchors":             func(n int) string { return "a: [" + repeat("&x 1,", n) + "]" },
	"numbered anchors":    func(n int) string { return "a: [" + numbered(n, "&x%d 1,") + "]" },
	"tags":                func(n int) string { return "a: [" + repeat("!!str 1,", n) + "]" },
	"texts after a sign":  func(n int) string { return "a: [x ! y, " + repeat("b,", n) + "]" },
	"tag directives":      func(n int) string { return numbered(n, "%%TAG !a%d! b\n") + "---\na: 1" },
	"later directives":    func(n int) string { return "a: 1\n...\n" + numbered(n, "%%TAG !a%d! b\n") + "---\nb: 1" },
	"a broken end":        func(n int) string { return "a:\n" + repeat("- 1\n", n) + "b: \"x\" y\n" },
	"broken blank end":    func(n int) string { return "a: \"x\" y\n" + repeat("\n", n) },
}

func repeat(unit string, n int) string { return strings.Repeat(unit, n/len(unit)) }

func numbered(n int, unit string) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, unit, i)
	}
	return b.String()
}

// fullMappings are mappings of as many keys as one may have.
func fullMappings(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		if i%DefaultLimits.KeysPerMapping == 0 {
			b.WriteString("a" + fmt.Sprint(i) + ":\n")
		}
		fmt.Fprintf(&b, "  k%d: 1\n", i)
	}
	return b.String()
}

// What a byte costs is about the same in a file at the limit as in one of an eighth of it.
func BenchmarkHostileShapes(b *testing.B) {
	for name, shape := range hostileShapes {
		for _, size := range []int{DefaultLimits.Bytes / 8, DefaultLimits.Bytes - 1024} {
			text := []byte(shape(size))
			b.Run(fmt.Sprintf("%s/%dMiB", name, (size+1024)>>20), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					_, _ = Parse("f.yaml", text, DefaultLimits)
				}
			})
		}
	}
}
