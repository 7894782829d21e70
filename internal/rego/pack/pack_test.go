package pack_test

import (
	"slices"
	"strings"
	"testing"

	"raci-check/internal/rego/pack"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	numbers := []int{0, 1, 127, 128, 1<<14 - 1, 1 << 14, 1 << 40}
	texts := []string{"", "a", "é\x00\n", strings.Repeat("long ", 100)}
	var out []byte
	for _, n := range numbers {
		out = pack.AppendNumber(out, n)
	}
	out = pack.AppendTexts(out, nil)
	out = pack.AppendText(out, "between")
	out = pack.AppendTexts(out, texts)

	r := pack.Reader(out)
	for _, want := range numbers {
		if got := r.Number(); got != want {
			t.Errorf("read %d, wanted %d", got, want)
		}
	}
	if none, between, all := r.Texts(), r.Text(), r.Texts(); len(none) != 0 || between != "between" || !slices.Equal(all, texts) || r != "" {
		t.Errorf("read %q, %q, %q and %q is left", none, between, all, r)
	}
}
