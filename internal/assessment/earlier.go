package assessment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// Earlier stands beside a stored report of which some services are results of an earlier run. The report itself does not say so: it has the
// same bytes as one that was assessed in full.
type Earlier struct {
	SHA256   string `json:"report_sha256"`
	Services int    `json:"services"` // that are results of an earlier run
	Of       int    `json:"of"`
}

// earlierSuffix is what its name adds to that of the report, and earlierMost more than it has, in bytes.
const (
	earlierSuffix = ".cache.json"
	earlierMost   = 4 << 10
)

// NoteEarlier writes beside a stored report how many services are results of an earlier run. Where none is, it takes away what an earlier run
// has written.
func NoteEarlier(report string, services, of int) error {
	name := report + earlierSuffix
	file, info, err := safefile.Open(report)
	if errors.Is(err, safefile.ErrNotRegular) { // nobody signs a pipe
		return nil
	}
	if err != nil {
		return err
	}
	sha256, err := "", error(nil)
	if services > 0 {
		sha256, err = safefile.SumOf(file, info.Size())
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if services == 0 {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	content, err := json.Marshal(Earlier{sha256, services, of})
	if err != nil {
		return err
	}
	return safefile.Write(name, append(content, '\n'))
}

// ReadEarlier reads which services of a report are results of an earlier run; nil where nothing of this report stands beside it.
func ReadEarlier(report string, content []byte) (*Earlier, error) {
	name := report + earlierSuffix
	note, err := safefile.Read(name, earlierMost)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var earlier Earlier
	if err == nil {
		err = json.Unmarshal(note, &earlier)
	}
	if err != nil {
		return nil, fmt.Errorf("%s says whether services are results of an earlier run: %w; assess again", sanitize.Text(name), err)
	}
	if earlier.SHA256 != safefile.Sum(content) {
		return nil, nil
	}
	return &earlier, nil
}
