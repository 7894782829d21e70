// Package cli is the command line: flags become options, results go to standard output, all else to standard error.
// It holds no logic of its own.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/policies"
)

// Streams are what a command reads and writes, and the clock it starts by.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Now      func() time.Time
	// Env answers a variable of the environment that chooses the language; nil where there is none to ask.
	Env func(name string) string
	// Terminal reports whether a stream is one; nil to ask the system.
	Terminal func(io.Writer) bool
}

// isTerminal reports whether what is written is seen at once, and can be overwritten.
func (s Streams) isTerminal(w io.Writer) bool {
	if s.Terminal != nil {
		return s.Terminal(w)
	}
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// readsTerminal reports whether a person can be asked.
func (s Streams) readsTerminal() bool {
	if s.Terminal != nil {
		return s.Terminal(s.Err)
	}
	_, typed := s.In.(*keyboard)
	return typed && s.isTerminal(s.Err)
}

// keyboard is a terminal that is read until an interrupt: without it, the program would wait for the end of a line.
type keyboard struct {
	ctx context.Context
	io.Reader
}

// Read reads into a buffer of its own: what comes after an interrupt goes nowhere.
func (k *keyboard) Read(p []byte) (int, error) {
	type part struct {
		n   int
		err error
	}
	buffer, read := make([]byte, len(p)), make(chan part, 1)
	go func() {
		n, err := k.Reader.Read(buffer)
		read <- part{n, err}
	}()
	select {
	case <-k.ctx.Done():
		return 0, errors.New("interrupted: nothing was written")
	case got := <-read:
		return copy(p, buffer[:got.n]), got.err
	}
}

// The exit codes that scripts rely on.
const (
	exitGood = 0   // every duty is good
	exitBad  = 1   // at least one is not
	lastExit = 125 // a shell uses those above for itself
	exitFail = 2   // the question could not be answered: usage, input, policy or output error
)

// verdictError ends a command with a code after its report has said all there is to say.
type verdictError struct{ code int }

func (e *verdictError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// Run runs the command and answers its exit code.
func Run(ctx context.Context, args []string, streams Streams) int {
	if file, ok := streams.In.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		streams.In = &keyboard{ctx, file}
	}
	root := newRoot(streams)
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) { // only a shell that completes needs them
		complete(root)
	}
	root.SetArgs(args)
	root.SetIn(streams.In)
	out := &kept{to: streams.Out}
	root.SetOut(out)
	root.SetErr(streams.Err)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = out.err
	}
	var verdict *verdictError
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &verdict):
		return verdict.code
	case closedPipe(err):
		return exitFail
	default:
		fmt.Fprintf(streams.Err, "raci-check: %s\n", sanitize.Lines(spoken(cmd, streams, err)))
		return exitFail
	}
}

// kept keeps the first error of writing. Of help, the library prints such an error and reports success.
type kept struct {
	to  io.Writer
	err error
}

func (k *kept) Write(p []byte) (int, error) {
	if k.err == nil {
		_, k.err = k.to.Write(p)
	}
	return len(p), nil
}

// closedPipe reports whether a reader, such as head, closed the output before its end. There is nobody to tell; the exit code says
// that the report is not whole.
func closedPipe(err error) bool {
	var file *fs.PathError // an error of a connection is another
	return errors.As(err, &file) && errors.Is(file.Err, syscall.EPIPE)
}

func newRoot(streams Streams) *cobra.Command {
	asksVersion := false
	root := &cobra.Command{
		Use:   "raci-check",
		Short: "Check evidence against your side of a shared-responsibility (RACI) table",
		Long: `raci-check checks your evidence about an OVHcloud KMS (OKMS) domain against your side of the service's shared-responsibility
(RACI) table. It reports which checks pass, which fail, where in the evidence, and how to fix them.`,
		Example: `  raci-check init my-evidence
  raci-check assess my-evidence`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asksVersion { // cobra's own flag writes it by a template
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "raci-check %s\n", version())
				return err
			}
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.Flags().BoolVarP(&asksVersion, "version", "v", false, "version for raci-check")
	fitHelp(root, streams)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(
		newAssess(streams), newRender(streams), newDiff(streams), newPlan(streams), newForecast(streams),
		newKeygen(streams), newSign(streams), newVerify(streams), newArchive(streams), newSample(streams),
		newDuties(streams), newExplain(streams), newInit(streams), newCollect(streams), newAttach(streams), newCache(streams), newServe(streams), newCatalog(streams), newTest(streams), newBundle(streams), newLSP(streams),
		newSchema(streams), newMan(streams), newVersion(streams), newSelfCheck(streams), newWorker(streams),
	)
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "help" {
			cmd.Args = helpTopic
		}
	}
	return root
}

// helpTopic refuses the help of a command that is not there, for which the library prints the help of all and reports success.
func helpTopic(cmd *cobra.Command, args []string) error {
	topic, rest, err := cmd.Root().Find(args)
	if err != nil || !topic.HasSubCommands() {
		return err
	}
	return unknownCommand(topic, rest)
}

// group is a command that only has others below it.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: name, Short: short, Args: unknownCommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(commands...)
	return cmd
}

// rulesFlags say which policies are used, and with which reference data.
type rulesFlags struct{ added, reference []string }

func (f *rulesFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.added, "policies", nil, "`folder` or .tar.gz of policies to add to the shipped ones, or with a catalog of its own to use instead; repeatable; see docs/policies.md")
}

func (f *rulesFlags) registerReference(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.reference, "reference", nil, "`file` that adds to the reference data, never replaces; repeatable; see raci-check schema reference")
}

// open opens the shipped ruleset with what is added. Whatever is added is checked against what tests have found in the shipped
// one.
func (f *rulesFlags) open() (ruleset.Ruleset, error) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		return rules, err
	}
	if rules, err = rules.WithSnapshot(policies.Snapshot); err != nil {
		return rules, err
	}
	if len(f.added) > 0 {
		if rules, err = rules.With(f.added); err != nil {
			return rules, err
		}
		if err := rules.Verify(); err != nil {
			return rules, err
		}
	}
	return rules.WithReference("", f.reference)
}
