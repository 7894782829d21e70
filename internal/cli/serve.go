package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/serve"
	"github.com/raci-check/raci-check/mappings"
)

// serving is the command serve with its flags.
type serving struct {
	judging
	language language
	port     int
	readOnly bool
}

func newServe(streams Streams) *cobra.Command {
	c := &serving{judging: newJudging(streams)}
	cmd := &cobra.Command{
		Use:   "serve [flags] DIR",
		Short: "Fill in evidence as forms in a browser of this machine",
		Long: `Show the evidence of one service as pages of this machine: how the activities stand, a form for each section with the verdicts
beside its fields, the files that show facts, waivers and exceptions, and requests for what is missing. Saving changes the YAML and
keeps its comments and its order. If a file was changed on disk meanwhile, it shows that change and does not overwrite it.

The pages are there for this machine alone (127.0.0.1). The address that is printed has a random token: nobody without it sees the
pages. An interrupt ends the command.

--read-only changes nothing: for an auditor, with a sample of facts to compare with the world.

Exit codes: 0 ended by an interrupt; 2 nothing could be shown, with the reason.`,
		Example: `  raci-check serve my-evidence
  raci-check serve --read-only --port 8017 my-evidence`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || slices.Contains(args, "-") {
				return errors.New("name one folder of evidence; `raci-check init DIR` writes a skeleton")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
	c.register(cmd)
	flags := cmd.Flags()
	c.language.register(flags)
	flags.IntVar(&c.port, "port", 0, "`port` of 127.0.0.1 to listen on; 0 for a free one")
	flags.BoolVar(&c.readOnly, "read-only", false, "show the pages without any way to change the evidence")
	return cmd
}

// run shows the pages until an interrupt.
func (c *serving) run(ctx context.Context, paths []string) error {
	if c.port < 0 || c.port > math.MaxUint16 {
		return fmt.Errorf("--port must be from 0 to %d", math.MaxUint16)
	}
	if _, err := c.prepare(paths); err != nil {
		return err
	}
	speaks, err := c.language.open(c.streams)
	if err != nil {
		return err
	}
	now := c.streams.Now
	if c.readOnly { // the pages, the report and the worksheet of an auditor are of one time
		start := now()
		now = func() time.Time { return start }
	}
	options := serve.Options{
		Folder: c.options.Paths[0], Rules: c.rules.open, RuleFiles: slices.Concat(c.rules.added, c.rules.reference), Assess: c.options,
		At: func() time.Time { return c.at.or(now).Truncate(time.Second) }, Port: c.port,
		ReadOnly: c.readOnly, Lock: lockFor(c.streams, "serve"), Shipped: mappings.FS, Language: speaks,
	}
	return serve.Run(ctx, options, func(url string) error {
		_, err := fmt.Fprintf(c.streams.Out, "%s\n%s\n", url, speaks.Words().Text("Open this address in a browser of this machine; an interrupt (Ctrl-C) ends it."))
		return err
	})
}
