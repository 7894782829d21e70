package serve

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// freshness is how long an assessment for now is shown as one for now.
const freshness = time.Minute

// fingerprint tells whether any file that an assessment reads may have changed: their names, sizes and times. Where it cannot be made
// it is empty, and everything is read again.
func (s *site) fingerprint() string {
	var out strings.Builder
	add := func(path string, info fs.FileInfo) {
		fmt.Fprintf(&out, "%s\x00%d\x00%d\x00%s\n", path, info.Size(), info.ModTime().UnixNano(), info.Mode())
	}
	roots := slices.Concat([]string{s.Folder}, s.Assess.Waivers, s.Assess.EvidenceKeys)
	if s.Assess.Params != "" {
		roots = append(roots, s.Assess.Params)
	}
	for i := range roots {
		roots[i] = s.Assess.Base.Path(roots[i])
	}
	for _, root := range slices.Concat(roots, s.RuleFiles) {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := os.Stat(path) // what a link leads to
			if err == nil {
				add(path, info)
			}
			return err
		})
		if err != nil {
			return ""
		}
	}
	return out.String()
}
