package replay

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/klauspost/compress/zstd"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
)

// format is the first word of a recording's file. Another form gets another word.
const format = "bonafide-recording/1"

// contents is the member recording.json of a file: what the others hold.
type contents struct {
	Format  string    `json:"format"`
	Made    time.Time `json:"made"`
	Inputs  []int     `json:"inputs"`  // of each shard, in <shard>.inputs
	Records []int     `json:"records"` // of each shard's log, in <shard>.log
	Lasts   []int     `json:"lasts"`   // of each shard, in <shard>.lasts: inputs after which nothing comes of their verification
}

// about is the name of the member that says what is in a file.
const about = "recording.json"

// Write writes a recording as one file: a zip archive (its members packed with Zstandard) of the inputs as they lie on the
// streams and of a line for each record of the logs. What is sealed in the inputs stays sealed; no key is in the file.
func Write(ctx context.Context, w io.Writer, r Recording, made time.Time) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zstd.ZipMethodWinZip, zstd.ZipCompressor(zstd.WithEncoderLevel(zstd.SpeedFastest)))
	c := contents{Format: format, Made: made.UTC()}
	for shard := range r.Shards() {
		inputs, records := 0, 0
		last := map[string]uint64{} // by identity
		if err := member(z, strconv.Itoa(shard)+".log", func(f *framer) error {
			return r.Log(ctx, shard, func(lines []Line) error {
				for i := range lines {
					f.line(&lines[i])
				}
				records += len(lines)
				return f.err
			})
		}); err != nil {
			return err
		}
		if err := member(z, strconv.Itoa(shard)+".inputs", func(f *framer) error {
			return r.Inputs(ctx, shard, func(batch []bus.Raw) error {
				for i := range batch {
					f.input(&batch[i])
					if _, id := events.Gist(batch[i].Header, batch[i].Data); events.ValidID(id) {
						last[strings.Clone(events.IdentityOf(id))] = batch[i].Seq
					}
				}
				inputs += len(batch)
				return f.err
			})
		}); err != nil {
			return err
		}
		lasts := slices.Sorted(maps.Values(last))
		if err := member(z, strconv.Itoa(shard)+".lasts", func(f *framer) error {
			for _, seq := range lasts {
				f.number(seq)
			}
			return f.err
		}); err != nil {
			return err
		}
		c.Inputs, c.Records, c.Lasts = append(c.Inputs, inputs), append(c.Records, records), append(c.Lasts, len(lasts))
	}
	out, err := z.Create(about)
	if err == nil {
		err = json.MarshalWrite(out, c)
	}
	return errors.Join(err, z.Close())
}

// member writes one packed member of an archive.
func member(z *zip.Writer, name string, write func(*framer) error) error {
	out, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zstd.ZipMethodWinZip})
	if err != nil {
		return err
	}
	f := &framer{w: bufio.NewWriterSize(out, 1<<16)}
	if err := write(f); err != nil {
		return err
	}
	return errors.Join(f.err, f.w.Flush())
}

// File is a recording in a file.
type File struct {
	contents
	zip  *zip.Reader
	file *os.File
}

// Open opens what Write has written. The caller closes it. The error says what is wrong with the file.
func Open(path string) (_ *File, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &File{file: file}
	defer func() {
		if err != nil {
			_ = file.Close()
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if f.zip, err = zip.NewReader(file, info.Size()); err != nil {
		return nil, fmt.Errorf("%s: no recording: %w", path, err)
	}
	f.zip.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor(zstd.WithDecoderConcurrency(1)))
	in, err := f.zip.Open(about)
	if err != nil {
		return nil, fmt.Errorf("%s: no recording: %w", path, err)
	}
	defer in.Close()
	if err := json.UnmarshalRead(io.LimitReader(in, 1<<20), &f.contents); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", path, about, err)
	}
	if f.contents.Lasts == nil { // it was written before they were
		f.contents.Lasts = make([]int, len(f.Records))
	}
	if f.Format != format || len(f.contents.Inputs) == 0 || len(f.contents.Inputs) != len(f.Records) || len(f.contents.Lasts) != len(f.Records) {
		return nil, fmt.Errorf("%s: %s: the form is not %s", path, about, format)
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Shards returns how many there are.
func (f *File) Shards() int { return len(f.Records) }

// Inputs gives all inputs of a shard.
func (f *File) Inputs(ctx context.Context, shard int, each func([]bus.Raw) error) error {
	return unpack(ctx, f, strconv.Itoa(shard)+".inputs", f.contents.Inputs[shard], (*unframer).input, each)
}

// Log gives all lines of a shard's log.
func (f *File) Log(ctx context.Context, shard int, each func([]Line) error) error {
	return unpack(ctx, f, strconv.Itoa(shard)+".log", f.Records[shard], (*unframer).line, each)
}

// Lasts returns the last inputs of a shard's verifications.
func (f *File) Lasts(ctx context.Context, shard int) (lasts []uint64, err error) {
	n := f.contents.Lasts[shard]
	if n == 0 {
		return nil, nil
	}
	err = unpack(ctx, f, strconv.Itoa(shard)+".lasts", n, (*unframer).number, func(batch []uint64) error {
		lasts = append(lasts, batch...)
		return nil
	})
	return lasts, err
}

// Said returns nothing: of records only digests are in the file.
func (f *File) Said(context.Context, int, Line) ([]byte, error) { return nil, nil }

// batchSize is how many are given at once.
const batchSize = 256

// damaged says which file cannot be read, where in it, and what to do: cause alone is a decompressor's word.
func (f *File) damaged(member string, item, items int, cause error) error {
	return fmt.Errorf("%s: damaged in %s at item %d of %d: copy the file again, or export the recording again: %w", f.file.Name(), member, item, items, cause)
}

// unpack reads a member of n items.
func unpack[T any](ctx context.Context, f *File, name string, n int, item func(*unframer) T, each func([]T) error) error {
	all := n
	in, err := f.zip.Open(name)
	if err != nil {
		return f.damaged(name, 0, all, err)
	}
	defer in.Close()
	u := &unframer{r: bufio.NewReaderSize(in, 1<<16), words: map[string]string{}}
	room := make([]T, batchSize)
	for n > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		u.again()
		batch := room[:min(n, batchSize)]
		for i := range batch {
			if batch[i] = item(u); u.err != nil {
				return f.damaged(name, all-n+i+1, all, u.err)
			}
		}
		if err := each(batch); err != nil {
			return err
		}
		n -= len(batch)
	}
	switch _, err := u.r.ReadByte(); err { // the end also checks the member's sum
	case io.EOF:
		return nil
	case nil:
		return f.damaged(name, all, all, errors.New("it holds more than "+about+" says"))
	default:
		return f.damaged(name, all, all, err)
	}
}
