package document_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
)

// largeFiles are documents of nearly 8 MiB.
func largeFiles() map[string]string {
	var block, flow, comments strings.Builder
	const most = 8<<20 - 100_000
	block.WriteString("s:\n")
	for i := 0; block.Len() < most; i++ {
		fmt.Fprintf(&block, "  - name: key-%d # %s\n    kind: %s\n", i, strings.Repeat("c", 60), strings.Repeat("k", 60))
	}
	flow.WriteString("s: [")
	for i := 0; flow.Len() < most; i++ {
		fmt.Fprintf(&flow, "{name: key-%d, kind: %s}, ", i, strings.Repeat("k", 100))
	}
	flow.WriteString("{}]\n")
	comments.WriteString("s:\n")
	for comments.Len() < most {
		comments.WriteString("  # a comment\n")
	}
	comments.WriteString("  - name: x\n")
	return map[string]string{"block": block.String(), "one line": flow.String(), "comments": comments.String()}
}

// BenchmarkEditLarge changes one field, and 500, of files of 8 MiB.
func BenchmarkEditLarge(b *testing.B) {
	for name, text := range largeFiles() {
		doc, err := document.Parse("a.yaml", []byte(text), document.DefaultLimits)
		if err != nil {
			b.Fatal(err)
		}
		value, _ := doc.Lookup("/s")
		items := len(value.([]any))
		for _, n := range []int{1, 500} {
			var changes []document.Change
			for i := range n {
				at := i * 7919 % items
				changes = append(changes, document.Change{Pointer: fmt.Sprintf("/s/%d/kind", at), Value: fmt.Sprint("new ", i)}, document.Change{Pointer: fmt.Sprintf("/s/%d", items+i), Value: map[string]any{"name": "added"}})
			}
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := doc.Edit([]byte(text), changes, document.DefaultLimits); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(name+"/parse", func(b *testing.B) {
			for b.Loop() {
				if _, err := document.Parse("a.yaml", []byte(text), document.DefaultLimits); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
