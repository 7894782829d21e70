package cli

import (
	"fmt"

	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// lockFor locks folders of evidence for a command, and says where that completed what a killed run had begun.
func lockFor(streams Streams, command string) safefile.Locker {
	return func(folder string) (*safefile.Lock, error) {
		lock, err := safefile.Take(folder, safefile.Holder{Command: "raci-check " + command, Since: streams.Now()})
		if err == nil && lock.Completed != nil {
			fmt.Fprint(streams.Err, sanitize.Lines(fmt.Sprintf("completed the evidence in %s, which was half written by %s\n", folder, lock.Completed)))
		}
		return lock, err
	}
}
