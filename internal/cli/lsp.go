package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/source"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/lsp"
	"github.com/raci-check/raci-check/mappings"
)

func newLSP(streams Streams) *cobra.Command {
	j := newJudging(streams)
	var weakest grades
	var spoken language
	cmd := &cobra.Command{
		Use:   "lsp [flags]",
		Short: "Show findings in an editor: a language server on standard input and output",
		Long: `Speak the Language Server Protocol on standard input and output, for an editor. The folder of each evidence file that is open is
assessed as assess does it, with the text that is not saved yet, and again after each change. Findings are shown at their places, with
their fixes. Files of kind Waivers, Parameters, Reference, Collect and Mapping are checked too.

An editor starts this command; docs/editors.md has the settings for some. Nothing but the protocol is written to standard output.

Exit codes: 0 the editor asked for the end; 1 the editor went away without asking; 2 the protocol failed, with the reason.`,
		Example: `  raci-check lsp
  raci-check lsp --profile iso-27001 --waivers accepted/waivers.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if j.options.MinAssurance, err = weakest.grades(); err != nil {
				return err
			}
			return serveEditor(cmd.Context(), &j, &spoken)
		},
	}
	j.register(cmd)
	flags := cmd.Flags()
	spoken.register(flags)
	flags.StringArrayVar(&j.options.EvidenceKeys, "evidence-keys", nil, "public key in `file`, or folder of *.pub, to check the signatures beside the evidence with; repeatable")
	flags.Var(&weakest, "min-assurance", "weakest `grade` that checks of a severity may pass with, such as critical=derived,high=attached; a check below it is missing")
	flags.Bool("stdio", true, "speak on standard input and output; some editors add this flag, and there is no other way")
	return cmd
}

// serveEditor speaks with an editor until it ends.
func serveEditor(ctx context.Context, j *judging, spoken *language) error {
	speaks, err := spoken.open(j.streams)
	if err != nil {
		return err
	}
	if err := j.absolute(); err != nil {
		return err
	}
	if err := j.time(); err != nil {
		return err
	}
	if j.options.Worker, err = j.rules.worker(); err != nil {
		return err
	}
	j.options.Stdin = nil // which the protocol has
	ended, err := lsp.Serve(ctx, lsp.Options{
		In: j.streams.In, Out: j.streams.Out, Log: j.streams.Err,
		Rules: j.rules.open, RuleFiles: slices.Concat(j.rules.added, j.rules.reference), Assess: j.options,
		At: func() time.Time { return j.at.or(j.streams.Now).Truncate(time.Second) },
		Collect: func(doc *document.Document) error {
			_, err := collect.ConfigOf(doc, source.All)
			return err
		},
		Shipped: mappings.FS, Lock: lockFor(j.streams, "lsp"), Language: speaks,
	})
	switch {
	case err != nil:
		return err
	case !ended.Orderly:
		return &verdictError{exitBad}
	}
	return nil
}

// absolute names files by their whole paths: an editor's folders are where they are.
func (j *judging) absolute() (err error) {
	whole := func(name string) string {
		path, wrong := filepath.Abs(name)
		if wrong != nil {
			err = fmt.Errorf("find the working folder: %w", wrong)
		}
		return path
	}
	for _, names := range [][]string{j.options.Waivers, j.options.EvidenceKeys, j.rules.added, j.rules.reference} {
		for i, name := range names {
			names[i] = whole(name)
		}
	}
	if j.options.Params != "" {
		j.options.Params = whole(j.options.Params)
	}
	return err
}
