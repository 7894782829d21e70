package evidence_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// The digests by which a cache finds results are those of what is read when a source is opened: of files that are held when they were
// found, and of short and long ones that are not, with and without a section.
func TestDigestsAreThoseOfWhatIsRead(t *testing.T) {
	files := map[string]string{"e/00.yaml": strings.Replace(head, "id: a", "id: s00", 1) + "# " + strings.Repeat("x", 600<<10) + "\n"}
	for i := 1; i < 9; i++ {
		content := strings.Replace(head, "id: a", fmt.Sprintf("id: s%02d", i), 1)
		if i%2 == 0 {
			content += "doors: {count: 1}\n"
		}
		if i > 4 {
			content += "# " + strings.Repeat("x", 8<<10) + "\n"
		}
		files[fmt.Sprintf("e/%02d.yaml", i)] = content
	}
	t.Chdir(t.TempDir())
	write(t, files)
	compiled, err := schema.Compile("evidence", []byte(form))
	testhelp.Must(t, err)
	reader := evidence.Reader{Schema: compiled, Limits: document.DefaultLimits}
	sources, _, err := reader.Find(t.Context(), []string{"e"})
	testhelp.Must(t, err)
	if len(sources) != len(files) {
		t.Fatalf("%d sources of %d files", len(sources), len(files))
	}
	for _, source := range sources {
		digests, err := reader.Digests(source)
		testhelp.Must(t, err)
		set, err := reader.Open(source)
		testhelp.Must(t, err)
		if !slices.Equal(digests, set.Files) {
			t.Errorf("%s: %v, read were %v", source.ID, digests, set.Files)
		}
	}
}
