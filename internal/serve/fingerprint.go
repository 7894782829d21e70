package serve

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
)

// freshness is how long an assessment for now is shown as one for now.
const freshness = time.Minute

// fingerprints tell whether any file that an assessment reads may have changed, of all and of those of the rules: their names and
// stamps. Where it cannot be made it is empty, and everything is read again.
func (s *site) fingerprints() (all, rules string) {
	named := slices.Clone(s.Assess.EvidenceKeys)
	if s.Assess.Params != "" {
		named = append(named, s.Assess.Params)
	}
	base := s.Assess.Base
	policies, settings := fingerprint("", s.RuleFiles), fingerprint(base, named)
	evidence := fingerprint(base, slices.Concat([]string{s.Folder}, s.Assess.Waivers))
	if policies == "" || settings == "" {
		return "", ""
	}
	if rules = policies + settings; evidence == "" {
		return "", rules
	}
	return evidence + rules, rules
}

// fingerprint is that of files and folders.
func fingerprint(base document.Folder, roots []string) string {
	var out strings.Builder
	fmt.Fprintln(&out, len(roots)) // so that nothing at all is no sign of a failure
	for _, root := range roots {
		err := filepath.WalkDir(base.Path(root), func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := os.Stat(path) // what a link leads to
			if err == nil {
				fmt.Fprintf(&out, "%s\x00%s\n", path, safefile.Stamp(info))
			}
			return err
		})
		if err != nil {
			return ""
		}
	}
	return out.String()
}
