package cli

import (
	"fmt"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// sayEarlier says that services of a report are results of an earlier run.
func sayEarlier(streams Streams, name string, content []byte) error {
	earlier, err := assessment.ReadEarlier(name, content)
	if err == nil && earlier != nil {
		fmt.Fprintf(streams.Err, "raci-check: %d of %d services of %s are results of an earlier run: assess without --cache and --resume to assess all of them now, or let verify --reassess do so\n",
			earlier.Services, earlier.Of, sanitize.Text(name))
	}
	return err
}
