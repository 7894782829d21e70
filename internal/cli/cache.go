package cli

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/cache"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// cacheFlags say which cache an assessment uses.
type cacheFlags struct {
	folder, key string
	most        int               // MiB
	resume      string            // file of a run that may be killed
	kept        *cache.Unfinished // that file, open; nil where none is asked for
	earlier, of int               // services that are results of an earlier run, and all
}

const cacheKeyUsage = "secret in `file` that the entries of the cache are sealed with; made where it is not there (default: raci-check/cache.key in your configuration folder)"

func (f *cacheFlags) register(cmd *cobra.Command, flags *pflag.FlagSet) {
	flags.StringVar(&f.folder, "cache", "", "`folder` with the results of earlier runs: services that are the same are not assessed again")
	flags.StringVar(&f.key, "cache-key", "", cacheKeyUsage)
	flags.IntVar(&f.most, "cache-max-size", cache.MaxSize>>20, "largest size of the cache, in `MiB`; what was not used for the longest time goes first")
	flags.StringVar(&f.resume, "resume", "", "keep results in `file` while the run lasts; if the run was killed, the next one with the same flags continues it; needs --at")
	for _, other := range []string{"attest", "server", "evidence-keys", "watch"} {
		cmd.MarkFlagsMutuallyExclusive("cache", other)
		cmd.MarkFlagsMutuallyExclusive("resume", other)
	}
	cmd.MarkFlagsMutuallyExclusive("resume", "cache")
}

// open opens the cache; nil where none is asked for.
func (f *cacheFlags) open(streams Streams) (*cache.Cache, error) {
	switch {
	case f.folder == "" && f.key != "":
		return nil, errors.New("--cache-key is about a cache: name its folder with --cache DIR, or the file of --resume")
	case f.folder == "":
		return nil, nil
	case f.most < 1 || f.most > 1<<20:
		return nil, fmt.Errorf("--cache-max-size %d: choose 1 to %d MiB", f.most, 1<<20)
	}
	secret, err := cache.Secret(f.key)
	if err != nil {
		return nil, err
	}
	return cache.Open(f.folder, cache.Options{Secret: secret, MaxSize: int64(f.most) << 20, Now: streams.Now})
}

// use lets an assessment use the cache, or the results of a run that was killed. What is to be called after it says how many services came
// from there, and what went wrong.
func (f *cacheFlags) use(streams Streams, options *assess.Options, quiet bool) (done func(), err error) {
	if f.resume != "" {
		return f.continued(streams, options, quiet)
	}
	folder, err := f.open(streams)
	if err != nil || folder == nil {
		return func() {}, err
	}
	options.Cache = folder
	options.FromCache = func(services, of int) {
		f.earlier, f.of = services, of
		if !quiet {
			fmt.Fprintf(streams.Err, "raci-check: %d of %d services are as the cache %s has them\n", services, of, sanitize.Text(f.folder))
		}
	}
	return func() {
		options.Cache, options.FromCache = nil, nil
		if err := folder.Close(); err != nil {
			fmt.Fprintf(streams.Err, "raci-check: the cache %s could not be written; the reports are whole: %s\n", sanitize.Text(f.folder), sanitize.Text(err.Error()))
		}
	}, nil
}

// finished removes the file of a run whose reports are written.
func (f *cacheFlags) finished() error {
	if f.kept == nil {
		return nil
	}
	return f.kept.Finish()
}

// leave lets the file go, which stays where the run has not finished.
func (f *cacheFlags) leave(streams Streams) {
	if f.kept == nil {
		return
	}
	if err := f.kept.Close(); err != nil {
		fmt.Fprintf(streams.Err, "raci-check: %s could not be written, so that a run that is killed cannot be resumed; the reports are whole: %s\n", sanitize.Text(f.resume), sanitize.Text(err.Error()))
	}
}

// continued lets an assessment take the results of a run that was killed, and keep its own for the case that it is killed.
func (f *cacheFlags) continued(streams Streams, options *assess.Options, quiet bool) (done func(), err error) {
	secret, err := cache.Secret(f.key)
	if err != nil {
		return nil, err
	}
	kept, err := cache.OpenUnfinished(f.resume, secret)
	if err != nil {
		return nil, err
	}
	options.Cache = kept
	options.FromCache = func(services, of int) {
		f.earlier, f.of = services, of
		if kept.Dropped() > 0 {
			fmt.Fprintf(streams.Err, "raci-check: the last %d bytes of %s are cut, or were changed: what they were about is assessed again\n", kept.Dropped(), sanitize.Text(f.resume))
		}
		if services > 0 && !quiet {
			fmt.Fprintf(streams.Err, "raci-check: %d of %d services are as %s has them\n", services, of, sanitize.Text(f.resume))
		}
	}
	f.kept = kept
	return func() { options.Cache, options.FromCache = nil, nil }, nil
}

func newCache(streams Streams) *cobra.Command {
	key, empty := "", false
	cmd := &cobra.Command{
		Use:   "cache [flags] DIR",
		Short: "Show or empty a cache of assess",
		Long: `Show what a folder holds that assess --cache DIR was given: entries, size, when the oldest was last used, and which versions
of the program wrote them. An entry counts as foreign if it was sealed with another secret, or is damaged; assess ignores it.

With --clear, all entries are removed. No other file is touched.

Exit codes: 0 shown or emptied; 2 not, with the reason.`,
		Example: `  raci-check cache .raci-cache
  raci-check cache --clear .raci-cache`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("name one folder: that which assess --cache was given")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			secret, err := cache.Secret(key)
			if err != nil {
				return err
			}
			folder, err := cache.OpenToShow(args[0], cache.Options{Secret: secret, Now: streams.Now})
			if err != nil {
				return err
			}
			text, err := "", error(nil)
			if empty {
				var removed int
				var size int64
				removed, size, err = folder.Clear()
				text = fmt.Sprintf("%s: removed %d entries, %s\n", args[0], removed, inMiB(size))
			} else {
				text, err = shown(args[0], folder, streams.Now())
			}
			if err := errors.Join(err, folder.Close()); err != nil {
				return err
			}
			_, err = fmt.Fprint(streams.Out, sanitize.Lines(text))
			return err
		},
	}
	cmd.Flags().StringVar(&key, "cache-key", "", cacheKeyUsage)
	cmd.Flags().BoolVar(&empty, "clear", false, "remove all entries")
	return cmd
}

func inMiB(size int64) string { return fmt.Sprintf("%.1f MiB", float64(size)/(1<<20)) }

func shown(name string, folder *cache.Cache, now time.Time) (string, error) {
	all, kinds, err := assess.UseOf(folder)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %d entries, %s\n", name, all.Entries, inMiB(all.Size))
	if all.Entries == 0 {
		return text.String(), nil
	}
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "entries\tsize\tleast recently used\twhat")
	for _, of := range kinds {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\n", of.Entries, inMiB(of.Size), ago(now.Sub(of.Oldest)), of.Kind)
	}
	err = table.Flush()
	return text.String(), err
}

// ago is how long ago something was, as the use of an entry is noted: to the hour.
func ago(age time.Duration) string {
	switch {
	case age < 2*time.Hour:
		return "within two hours"
	case age < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", int(age/time.Hour))
	default:
		return fmt.Sprintf("%d days ago", int(age/(24*time.Hour)))
	}
}
