package verify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sample"
	"github.com/raci-check/raci-check/internal/targz"
)

// sampleName is what a filled worksheet is called in an archive: its SHA-256.
var sampleName = regexp.MustCompile(`^[0-9a-f]{64}\.csv$`)

// maxSamples is how many worksheets an archive may have: for each the choice is made again.
const maxSamples = 100

var ErrSampled = errors.New("the worksheet is in the archive already")

// AddSampleTo writes the file of an archive again, as AddSample does.
func AddSampleTo(name string, worksheet []byte) error {
	archive, _, err := safefile.Open(name)
	if err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	defer archive.Close()
	var extended bytes.Buffer
	if err := AddSample(&extended, archive, worksheet); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := safefile.WritePrivate(name, extended.Bytes()); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}

// AddSample writes an archive again, with a filled worksheet behind all else. The other members stay byte for byte.
func AddSample(w io.Writer, archive io.Reader, worksheet []byte) error {
	added := path.Join(keptSamples, safefile.Sum(worksheet)+".csv")
	out := targz.NewWriter(w)
	files, samples, bytesLeft := 0, 0, keptLimits.Bytes-int64(len(worksheet))
	err := targz.Walk(archive, keptLimits, func(name string, content io.Reader) error {
		if err := checkMember(name); err != nil {
			return err
		}
		if name == added {
			return ErrSampled
		}
		if strings.HasPrefix(name, keptSamples+"/") {
			samples++
		}
		if samples == maxSamples {
			return fmt.Errorf("%w: an archive has at most %d worksheets", ErrKept, maxSamples)
		}
		data, err := io.ReadAll(content)
		if err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		files++
		if bytesLeft -= int64(len(data)); bytesLeft < 0 || files >= keptLimits.Files {
			return fmt.Errorf("%w: it would be larger than %d files or %d MiB", ErrKept, keptLimits.Files, keptLimits.Bytes>>20)
		}
		return out.Add(name, int64(len(data)), bytes.NewReader(data))
	})
	if err != nil {
		return err
	}
	if err := out.Add(added, int64(len(worksheet)), bytes.NewReader(worksheet)); err != nil {
		return err
	}
	return out.Close()
}

// readSamples reads the worksheets of an unpacked archive.
func readSamples(folder safefile.Folder) (map[string][]byte, error) {
	entries, err := fs.ReadDir(folder.FS(), keptSamples)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	if len(entries) > maxSamples {
		return nil, fmt.Errorf("%w: it has %d worksheets, and may have at most %d", ErrKept, len(entries), maxSamples)
	}
	samples := make(map[string][]byte, len(entries))
	for _, entry := range entries {
		content, err := folder.Read(path.Join(keptSamples, entry.Name()), sample.MaxWorksheet)
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		samples[entry.Name()] = content
	}
	return samples, nil
}

// samplesStep checks that each worksheet is what its name says, and is of this report.
func samplesStep(a *assessment.Assessment, r Request) Step {
	step := Step{State: Holds}
	var summaries []string
	for _, name := range slices.Sorted(maps.Keys(r.Samples)) {
		content := r.Samples[name]
		if safefile.Sum(content)+".csv" != name {
			step.Problems = append(step.Problems, Problem{name, changed})
			continue
		}
		results, err := sample.ReadResults(name, content, sample.Request{Report: a, Folder: r.Evidence}, time.Time{})
		if err != nil {
			step.Problems = append(step.Problems, Problem{name, err.Error()})
			continue
		}
		summaries = append(summaries, results.Summary(nil))
	}
	step.Detail = fmt.Sprintf("the facts are those of the report, the results are not signed; %s", strings.Join(summaries, "; "))
	if n := len(step.Problems); n > 0 {
		step.State, step.Detail = Fails, fmt.Sprintf("of %d worksheets of auditors, %d do not fit the report", len(r.Samples), n)
	}
	return step
}
