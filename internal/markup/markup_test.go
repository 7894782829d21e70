package markup

import (
	"strings"
	"testing"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/markup/tag"
)

func written(t *testing.T, node g.Node) string {
	t.Helper()
	var out strings.Builder
	if err := node.Render(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A link never runs anything, however its scheme is written.
func TestLinksLeadToPagesAndAddresses(t *testing.T) {
	for target, expected := range map[string]string{
		"#content":                        `<a href="#content"></a>`,
		"/base/duties/3.1#c-x":            `<a href="/base/duties/3.1#c-x"></a>`,
		"/base/sections/x?at=%2Fx&find=a": `<a href="/base/sections/x?at=%2Fx&amp;find=a"></a>`,
		"mailto:ines@nordmer.example":     `<a href="mailto:ines@nordmer.example"></a>`,
		`/base/"><b>`:                     `<a href="/base/&#34;&gt;&lt;b&gt;"></a>`,
		"javascript:x":                    `<a href="about:invalid"></a>`,
		"JavaScript:x":                    `<a href="about:invalid"></a>`,
		" javascript:x":                   `<a href="about:invalid"></a>`,
		"java\tscript:x":                  `<a href="about:invalid"></a>`,
		"data:text/html,x":                `<a href="about:invalid"></a>`,
		"vbscript:x":                      `<a href="about:invalid"></a>`,
	} {
		if got := written(t, tag.A(Link(target))); got != expected {
			t.Errorf("%q becomes %s, expected is %s", target, got, expected)
		}
		if got, form := written(t, tag.Form(Target(target))), strings.NewReplacer("<a href", "<form action", "</a>", "</form>").Replace(expected); got != form {
			t.Errorf("%q becomes %s, expected is %s", target, got, form)
		}
	}
}

func TestLinesAndSeparators(t *testing.T) {
	items := Each([]string{"<b>", "c"}, func(s string) g.Node { return tag.Li(tag.Text(s)) })
	for expected, node := range map[string]g.Node{
		"\n<li>&lt;b&gt;</li>\n<li>c</li>": items,
		"\n<p></p>":                        Lines(nil, tag.P(), nil),
		"1, 2":                             Joined(tag.Raw(", "), []g.Node{tag.Text("1"), tag.Text("2")}),
		"3":                                Later(func() g.Node { return tag.Text("3") }),
		`<input title="&#34;&#39;&lt;" disabled>`: tag.Input(tag.Attr("title", `"'<`), tag.Disabled()),
	} {
		if got := written(t, node); got != expected {
			t.Errorf("%q, expected is %q", got, expected)
		}
	}
}
