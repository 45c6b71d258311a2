package bus

import "context"

// LogTail returns the last record of a shard's log, from the stream's leader; ok is false when there is none. Whoever
// owns the shard may be writing more meanwhile.
func (b *Bus) LogTail(ctx context.Context, shard int) (r Record, ok bool, err error) {
	last, err := newLog(b, shard).lastRecord(ctx)
	if err != nil || last == nil {
		return Record{}, false, classify("bus.logtail", err)
	}
	return *last, true, nil
}
