package replay

import "context"

// lines is a shard's log on its way from a recording: some of it is in memory at a time, however long it is. It is used
// by one goroutine.
type lines struct {
	read  chan []Line // closed at the end
	rooms chan []Line // to read into again
	ended chan error
	batch []Line
	at    int
	given int // how many have been passed
}

// readLines begins to read the log of a shard. The caller calls end, once.
func readLines(ctx context.Context, r Recording, shard int) *lines {
	const ahead = 4
	l := &lines{read: make(chan []Line, ahead), rooms: make(chan []Line, ahead), ended: make(chan error, 1)}
	for range ahead {
		l.rooms <- nil
	}
	go func() {
		err := r.Log(ctx, shard, func(batch []Line) error {
			if len(batch) == 0 {
				return nil
			}
			select {
			case room := <-l.rooms:
				l.read <- append(room[:0], batch...) // there is space for all rooms
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		close(l.read)
		l.ended <- err
	}()
	return l
}

// head returns the next line, or nil at the end. It is good until next.
func (l *lines) head() *Line {
	if l.at == len(l.batch) {
		if l.batch != nil {
			l.rooms <- l.batch
		}
		l.batch, l.at = <-l.read, 0
		if l.batch == nil {
			return nil
		}
	}
	return &l.batch[l.at]
}

// next passes the line that head has returned.
func (l *lines) next() { l.at, l.given = l.at+1, l.given+1 }

// end returns when nothing reads any more, and what went wrong. The context must have ended, or head have returned nil.
func (l *lines) end() error { return <-l.ended }
