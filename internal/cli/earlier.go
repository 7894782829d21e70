package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// earlierResults is what stands beside a report of which some services are results of an earlier run. The report itself does not say so:
// it has the same bytes as one that was assessed in full.
type earlierResults struct {
	SHA256   string `json:"report_sha256"`
	Services int    `json:"services"` // that are results of an earlier run
	Of       int    `json:"of"`
}

// earlierSuffix is what its name adds to that of the report, and earlierMost more than it has, in bytes.
const (
	earlierSuffix = ".cache.json"
	earlierMost   = 4 << 10
)

// noteEarlier writes beside the stored reports how many services are results of an earlier run. Where none is, it takes away what an earlier
// run has written.
func noteEarlier(outputs []report.Output, services, of int) error {
	for _, output := range outputs {
		name := output.File + earlierSuffix
		if output.File == "" || output.Format != "json" && output.Format != "ndjson" {
			continue
		}
		file, info, err := safefile.Open(output.File)
		if errors.Is(err, safefile.ErrNotRegular) { // nobody signs a pipe
			continue
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
			continue
		}
		content, err := json.Marshal(earlierResults{sha256, services, of})
		if err != nil {
			return err
		}
		if err := safefile.Write(name, append(content, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// sayEarlier says that services of a report are results of an earlier run, if that stands beside it and is of this report.
func sayEarlier(streams Streams, name string, content []byte) error {
	note, err := safefile.Read(name+earlierSuffix, earlierMost)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var earlier earlierResults
	if err == nil {
		err = json.Unmarshal(note, &earlier)
	}
	if err != nil {
		return fmt.Errorf("%s says whether services are results of an earlier run: %w; assess again", sanitize.Text(name+earlierSuffix), err)
	}
	if earlier.SHA256 == safefile.Sum(content) {
		fmt.Fprintf(streams.Err, "raci-check: %d of %d services of %s are results of an earlier run: assess without --cache and --resume to assess all of them now, or let verify --reassess do so\n",
			earlier.Services, earlier.Of, sanitize.Text(name))
	}
	return nil
}
