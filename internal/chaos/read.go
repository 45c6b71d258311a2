package chaos

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bonafide-id/bonafide/events"
	"github.com/bonafide-id/bonafide/internal/bus"
	"github.com/bonafide-id/bonafide/internal/replay"
	"github.com/bonafide-id/bonafide/internal/resolve"
)

// read reads RESULTS and the logs, and computes both again from the inputs. What was read last may still be on its way into
// the logs, and from there to RESULTS: that is waited for, and for no more than settlePatience.
func (f *Facts) read(ctx context.Context, b *bus.Bus) error {
	over := time.Now().Add(settlePatience)
	var again replay.Report
	for settled := false; !settled; {
		r, err := replay.Live(ctx, b)
		if err == nil {
			again, err = replay.Run(ctx, r)
		}
		if err != nil {
			return err
		}
		settled = again.Pending == 0 || time.Now().After(over)
	}
	for _, d := range again.First {
		f.Differences = append(f.Differences, fmt.Sprintf("shard %d, input %d, record %d: %s %s%s", d.Shard, d.Input, d.Record, d.What, d.Log, d.Computed))
	}
	if again.Pending > 0 {
		f.Differences = append(f.Differences, fmt.Sprintf("the logs lack %d records %v after the last input", again.Pending, settlePatience))
	}
	for shard := range Shards {
		if err := f.compute(ctx, b, shard); err != nil {
			return fmt.Errorf("inputs of shard %d: %w", shard, err)
		}
		if err := f.marks(ctx, b, shard); err != nil {
			return fmt.Errorf("log of shard %d: %w", shard, err)
		}
	}
	for {
		if err := f.results(ctx, b); err != nil {
			return fmt.Errorf("results: %w", err)
		}
		if len(f.Results) >= len(f.Computed) || time.Now().After(over) {
			return nil
		}
	}
}

// results reads RESULTS to its end, as it lies there.
func (f *Facts) results(ctx context.Context, b *bus.Bus) error {
	u, err := b.Usage(ctx)
	if err != nil || u.LastResult == 0 {
		return err
	}
	f.Results = nil
	return enough(b.ScanResults(ctx, 0, func(batch []bus.Raw) error {
		for i := range batch {
			r := &batch[i]
			m := messageOf(r.Subject, r.Header, r.Data)
			m.Seq, m.At = r.Seq, r.At
			if m.Mark.Input, m.Mark.Ord, err = r.Cause(); err != nil {
				continue // ingest's own word: a request that can never start
			}
			f.Results = append(f.Results, m)
		}
		return end(batch[len(batch)-1].Seq, u.LastResult)
	}))
}

// compute runs all inputs of a shard through the core again.
func (f *Facts) compute(ctx context.Context, b *bus.Bus, shard int) error {
	tail, err := b.Tail(ctx, shard)
	if err != nil || tail == 0 {
		return err
	}
	core, prefix := resolve.NewReplayer(shard), strings.TrimSuffix(events.LogClaimSubject(shard), "claim")+"result."
	return enough(b.ReadInputs(ctx, shard, 1, func(batch []bus.Read) error {
		for _, in := range batch {
			records, _ := core.Apply(in) // a fault changes nothing, here as there
			for i := range records {
				if public, ok := strings.CutPrefix(records[i].Subject, prefix); ok {
					m := messageOf("bonafide.results."+public, records[i].Header, records[i].Data)
					m.Mark = Mark{Input: records[i].InSeq, Ord: records[i].Ord}
					f.Computed = append(f.Computed, m)
				}
			}
		}
		return end(batch[len(batch)-1].Seq, tail)
	}))
}

// marks reads of a shard's log who wrote what caused by what.
func (f *Facts) marks(ctx context.Context, b *bus.Bus, shard int) error {
	var log []Mark
	tail, ok, err := b.LogTail(ctx, shard)
	if err == nil && ok {
		err = enough(b.ReadLog(ctx, shard, 1, func(batch []bus.Record) error {
			for _, r := range batch {
				log = append(log, Mark{r.Epoch, r.InSeq, r.Ord})
			}
			return end(batch[len(batch)-1].Seq, tail.Seq)
		}))
	}
	f.Logs = append(f.Logs, log)
	return err
}

// messageOf returns what a message says, and the sum of all of it but where it lies.
func messageOf(subject string, header events.Header, data []byte) Message {
	m := Message{Subject: subject}
	e, err := events.Decode(header, data)
	if err == nil {
		m.Verification = e.Data.Key()
		switch d := e.Data.(type) {
		case events.VerificationDecided:
			m.Reference, m.Revision, m.Result = d.Reference, d.Decision.Revision, d.Decision.Result
		case events.VerificationFailed:
			m.Reference, m.Failed = d.Reference, true
		}
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q", subject)
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if strings.HasPrefix(name, "ce-") {
			fmt.Fprintf(sum, " %q=%q", name, header[name])
		}
	}
	sum.Write(data)
	sum.Sum(m.Sum[:0])
	return m
}

func end(seq, last uint64) error {
	if seq >= last {
		return errEnough
	}
	return nil
}

func enough(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// send makes a request without an answer worth reading.
func send(method, url, body string) error {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	res, err := strangers.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("%s %s answered %s", method, url, res.Status)
	}
	return nil
}

// tail returns the end of a file.
func tail(path string, most int) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > int64(most) {
		_, _ = f.Seek(-int64(most), io.SeekEnd)
	}
	b, _ := io.ReadAll(f)
	return b
}
