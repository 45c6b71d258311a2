package bus

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/bonafide-id/bonafide/events"
)

// Layout says which streams there are. Zero values of limits are good: no bound on bytes, tasks kept for 7 days.
type Layout struct {
	Shards    int      // fixed for ever once created
	Replicas  int      // 0 is 1
	Providers []string // a task stream each; streams of other providers are left alone

	RequestBytes int64         // bound of REQUESTS; full refuses new requests
	InputBytes   int64         // bound of each shard's inputs; full refuses new inputs
	LogBytes     int64         // bound of each shard's log
	ResultBytes  int64         // bound of RESULTS; full drops the oldest
	TaskAge      time.Duration // how long tasks are kept, and what verifications say to each other
	TaskWait     time.Duration // how long the broker waits for word of a task before it gives it to somebody else; 0 is 30 s
}

const (
	streamRequests = "REQUESTS"
	streamResults  = "RESULTS"
	streamKin      = "BF_KIN"
	streamKeys     = "BF_KEYS"
	streamFlows    = "BF_FLOWS"
	streamDead     = "BF_DEAD"
	streamSnap     = "BF_SNAP"
	subjectKeys    = "bf.keys"
	logPrefix      = "BF_LOG_"
	taskPrefix     = "BF_TASK_"

	durableIngest     = "ingest"
	durableDispatcher = "dispatcher"

	metaShards = "bonafide-shards"
)

// The buckets and how long their values live.
const (
	bucketLeases = "bf_leases"
	bucketIdem   = "bf_idem"
	bucketCalls  = "bf_calls"

	leaseTTL = 3 * time.Second
)

func streamIn(shard int) string  { return "BF_IN_" + strconv.Itoa(shard) }
func streamLog(shard int) string { return logPrefix + strconv.Itoa(shard) }

func streamTask(provider string) string { return taskPrefix + strings.ToUpper(provider) }

// streams returns what the layout wants, sources before those who draw from them.
func (l Layout) streams() []jetstream.StreamConfig {
	keep := func(name, what string, subjects ...string) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: name, Description: what, Subjects: subjects,
			Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Discard: jetstream.DiscardNew,
			MaxBytes: -1, MaxMsgs: -1, MaxMsgsPerSubject: -1, Replicas: max(l.Replicas, 1),
			AllowDirect: true, Duplicates: time.Second,
		}
	}
	var all []jetstream.StreamConfig
	requests := keep(streamRequests, "Requests of upstream services, until they are sealed", "bonafide.requests.*")
	requests.MaxBytes, requests.AllowAtomicPublish = limit(l.RequestBytes), true
	all = append(all, requests)

	results := keep(streamResults, "What downstream services read", "bonafide.results.*.*.rejected")
	results.MaxBytes, results.Discard = limit(l.ResultBytes), jetstream.DiscardOld
	kin := keep(streamKin, "What verifications have to say to each other")
	kin.Discard, kin.MaxAge = jetstream.DiscardOld, l.taskAge()
	tasks := make([]jetstream.StreamConfig, 0, len(l.Providers))
	for _, p := range l.Providers {
		t := keep(streamTask(p), "Calls to make at "+p, "bf.redrive."+p+".*")
		t.Discard, t.MaxAge = jetstream.DiscardOld, l.taskAge()
		tasks = append(tasks, t)
	}
	for s := range l.Shards {
		n := strconv.Itoa(s)
		in := keep(streamIn(s), "Inputs of shard "+n, events.InSubject(s))
		in.MaxBytes, in.AllowAtomicPublish = limit(l.InputBytes), true
		in.Metadata = map[string]string{metaShards: strconv.Itoa(l.Shards)}
		log := keep(streamLog(s), "What shard "+n+" has decided; its owner writes", "bf.log."+n+".>")
		log.MaxBytes, log.AllowAtomicPublish, log.AllowDirect = limit(l.LogBytes), true, false
		all = append(all, in, log)
		results.Sources = append(results.Sources, &jetstream.StreamSource{
			Name: log.Name,
			SubjectTransforms: []jetstream.SubjectTransformConfig{{
				Source:      "bf.log." + n + ".result.*.*.*",
				Destination: "bonafide.results.{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}",
			}},
		})
		kin.Sources = append(kin.Sources, &jetstream.StreamSource{Name: log.Name, FilterSubject: events.LogKinSubject(s)})
		for i, p := range l.Providers {
			tasks[i].Sources = append(tasks[i].Sources, &jetstream.StreamSource{
				Name: log.Name, FilterSubject: events.LogTaskSubject(s, p),
			})
		}
	}
	all = append(all, results, kin)
	all = append(all, tasks...)

	keys := keep(streamKeys, "Wrapped data keys; deleting one erases what it sealed", subjectKeys)
	keys.AllowAtomicPublish = true
	flows := keep(streamFlows, "Flows, by digest", "bf.flows.*")
	flows.MaxMsgsPerSubject, flows.Discard = 1, jetstream.DiscardOld
	dead := keep(streamDead, "Messages that could not be processed", "bf.dead.*")
	snap := keep(streamSnap, "Snapshots of shards", "bf.snap.*.*")
	snap.AllowDirect = false
	return append(all, keys, flows, dead, snap,
		bucket(bucketLeases, leaseTTL, l.Replicas), bucket(bucketIdem, 24*time.Hour, l.Replicas),
		bucket(bucketCalls, 72*time.Hour, l.Replicas))
}

// bucket is a key-value bucket whose values are always read from the leader.
func bucket(name string, ttl time.Duration, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: "KV_" + name, Subjects: []string{"$KV." + name + ".>"},
		Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Discard: jetstream.DiscardNew,
		MaxBytes: -1, MaxMsgs: -1, MaxMsgsPerSubject: 1, Replicas: max(replicas, 1),
		MaxAge: ttl, Duplicates: time.Second, DenyDelete: true, AllowRollup: true,
	}
}

// taskAge is how long tasks are kept, and what verifications have to say to each other.
func (l Layout) taskAge() time.Duration {
	if l.TaskAge == 0 {
		return 7 * 24 * time.Hour
	}
	return l.TaskAge
}

func limit(bytes int64) int64 {
	if bytes <= 0 {
		return -1
	}
	return bytes
}

// durableCourier draws what the verifications of a shard have to say.
func durableCourier(shard int) string { return "courier-" + strconv.Itoa(shard) }

// taskWait is how long the broker waits for word of a task before it gives it to somebody else. Whoever has one says with Working, a
// few times in that time, that it is not done yet; so it says how long what a dead dispatcher had is nobody's, not how long a call
// may take.
func (l Layout) taskWait() time.Duration { return cmp.Or(l.TaskWait, 30*time.Second) }

// durable is a consumer that somebody acknowledges by name.
type durable struct {
	stream string
	cfg    jetstream.ConsumerConfig
}

func (l Layout) durables() []durable {
	d := func(stream, name string, wait time.Duration) durable {
		return durable{stream, jetstream.ConsumerConfig{
			Name: name, Durable: name, AckPolicy: jetstream.AckExplicitPolicy, DeliverPolicy: jetstream.DeliverAllPolicy,
			AckWait: wait, MaxAckPending: 4096, MaxDeliver: -1, MaxWaiting: 512,
		}}
	}
	all := []durable{d(streamRequests, durableIngest, 60*time.Second)}
	for s := range l.Shards {
		c := d(streamKin, durableCourier(s), 30*time.Second)
		c.cfg.FilterSubjects = []string{events.LogKinSubject(s)}
		c.cfg.MaxAckPending = 1 // what a verification said first arrives first, whoever carries it
		all = append(all, c)
	}
	for _, p := range l.Providers {
		all = append(all, d(streamTask(p), durableDispatcher, l.taskWait()))
	}
	return all
}
