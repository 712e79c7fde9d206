import type { Fault, Proof } from "../../../tests/fault-proofs.ts";

const at = (file: string, name: string): Proof => ({ file, name });
const backup = (file: string) => (name: string) => at(`services/backup/${file}.test.ts`, name);

const program = backup("main");
const run = backup("runs/take-backup");
const standby = backup("runs/from-standby");
const open = backup("runs/open-dump");
const upload = backup("storage/s3-upload");
const s3 = backup("storage/s3-store");
const disk = backup("storage/disk-store");
const verify = backup("care/verify");
const prune = backup("care/prune");
const verbs = backup("verbs/care");
const retention = backup("retention/retention");
const keys = backup("catalogue/keys");
const catalogue = backup("catalogue/catalogue");
const choose = backup("restore/choose");
const restore = backup("restore/faults");
const swap = backup("restore/swap");
const drill = backup("drill/drill");
const drillFaults = backup("drill/faults");
const drillVerb = backup("verbs/drill");
const notify = backup("notify/notify");
const notifying = backup("notify/notifying");

/**
 * What can go wrong with a backup, from the first byte to the restore years later, and who proves that it is handled. The numbers are
 * for titles of tests ("fault 23: …"); they do not change.
 */
export const faults = {
  1: {
    fault: "the disk is full in the middle of a dump",
    tests: [
      run("fault 1: a disk that fills up in the middle keeps its older backup and nothing of the new one"),
      run("a full store in the middle: the upload is given up, and the next run succeeds"),
      backup("runs/require-room")(
        "fault 1: less than 1.2 times the last backup is too little, and the fault tells both sizes",
      ),
      disk("a disk that gets full is told as such, and keeps nothing of what did not fit"),
      upload("a full store is told as such, at once"),
      notifying("a failure is told at once, its recovery once, and good nights leave nothing behind"),
    ],
  },
  2: {
    fault: "pg_dump is killed",
    tests: [run("pg_dump killed in the middle: no manifest, no object, upload given up, child gone")],
  },
  3: {
    fault: "pg_dump ends with an error after some output",
    tests: [
      run("pg_dump that ends badly after a whole archive makes no backup, and its words are told"),
      run("pg_dump that writes %s and ends well makes no backup"),
    ],
  },
  4: {
    fault: "pg_dump ends well and warns",
    tests: [run("pg_dump that ends well and warns makes a backup with the warning in it")],
  },
  5: {
    fault: "SIGTERM: a drained node, a deadline",
    tests: [
      program("fault 5: SIGTERM in the middle: upload given up, child gone, lock free, no manifest, exit 143"),
      run("an interrupt ends child and upload and frees the lock within seconds"),
      restore("fault 5: stopped when it is %j, it leaves nothing and has touched nothing"),
      drillVerb("%s in the middle: exit %i, and neither a file nor a process is left"),
      upload("an interrupted upload is given up although its signal is spent"),
      notifying("an interrupted run is told too, and soon"),
    ],
  },
  6: {
    fault: "bursts of 500 and 503 from S3",
    tests: [
      upload("a burst of refusals of every kind of call is outlived"),
      upload("waits between tries grow, differ, and stay below 20 s"),
      upload("a store that refuses for ever fails the upload, after ten tries, and no part is left"),
    ],
  },
  7: {
    fault: "S3 hangs, or moves a kilobyte a second",
    tests: [
      upload("a part whose answer never comes is sent again"),
      upload("a store that hangs for ever is unreachable, and what was tried is told"),
      upload("a slow store slows the writer: one part fills and two are on their way, no more are held"),
      backup("storage/upload-memory")("300 MB to a slow store are sent in the memory of a few parts"),
      s3("falls silent in the middle"),
      s3("fault 7: a read that drips a few bytes a second is given up after its tries, and does not go on for ever"),
    ],
  },
  8: {
    fault: "the end of an upload answers 200 with an error inside, or its answer is lost",
    tests: [
      upload("a finish that says 200 and holds an error%j is tried again, %s"),
      upload("a finish that says 200 and holds an error for ever is a failure, and no part is left"),
      upload("a finish that tells of success without an object is a failure"),
      upload("an object that came out shorter than what was sent is a failure"),
      upload("a finish whose answer got lost is a success, for the object is ours"),
      run("a store that keeps less than it was sent makes no backup"),
      run(
        "the answer of each call gets lost: no second upload is open, and only a manifest that is there makes a backup",
      ),
    ],
  },
  9: {
    fault: "an object is cut or a bit of it flips later",
    tests: [
      verify("a bit flipped at the end of its dump"),
      verbs("fault 9: verify ends with 7, names it and judges the others; list and show tell it"),
      choose(
        "fault 9: the latest is the newest that is proven; one that is not, or is damaged, is passed over with a note",
      ),
      choose(
        "fault 9: one that is named and failed its check is refused with the next best, and taken only when told so",
      ),
      restore("fault 9: one whose bits were flipped replaces nothing, and the next best is named"),
    ],
  },
  10: {
    fault: "a manifest is missing, unsigned or signed by a stranger",
    tests: [
      catalogue("fault 10: a backup whose manifest %s is untrusted"),
      verify("%s is red, is not read, and gets no record"),
      verify("without any manifest it is no backup: not read, not red, but counted"),
      restore(
        "fault 10: one that a stranger signed is refused, passed over as the latest, and taken only when told so, loudly",
      ),
    ],
  },
  11: {
    fault: "an older backup is played back under a new name",
    tests: [
      verify("fault 11: the manifest of an older backup under a new name is red, and its signature helps it nothing"),
      verify("fault 11: a record of a proof under another backup's name proves nothing"),
      restore("fault 11: an older backup under a new name is refused, also by who believes unsigned ones"),
    ],
  },
  12: {
    fault: "a wrong password, or a role that may not read",
    tests: [
      program("a wrong password: exit 5, one sentence, one hint, nothing in the bucket"),
      run("a wrong password fails at once, and neither password is told"),
      run("a role that may not read a table, and one that may not see all rows, make no backup"),
    ],
  },
  13: {
    fault: "keys of the store expire in the middle of an upload",
    tests: [
      upload("keys that expire in the middle are read again"),
      upload("keys that expire in the middle, with no others there, fail as denied and are not tried for ever"),
      backup("config/config")("keys of a store are read again when asked: a secret that is renewed counts"),
    ],
  },
  14: {
    fault: "the key that decrypts is wrong or lost",
    tests: [
      restore("fault 14: no identity that opens it has a word and an exit status of its own, and nothing is made"),
      verify(
        "fault 14: an identity that opens none is told apart from damage, and what is stored is checked all the same",
      ),
      open("an identity that fits nothing is told apart from damage"),
      drill("identities of other people"),
      drill("the escrow identity alone is enough, and the record tells that it was used"),
      drillVerb("with the escrow key alone, %s, of one database"),
    ],
  },
  15: {
    fault: "a clock that is days off; a backup from the future",
    tests: [
      prune("fault 15: a clock that differs from the store's by more than 5 minutes stops it"),
      retention("fault 15: a backup is from the future"),
      retention("fault 15: an old entry is from the future"),
      retention("fault 15: when this machine's clock is %s the store's"),
      retention("fault 15: when the clock that made the newest backup was wrong, in either direction"),
      retention("fault 15: the sequence is the order, although a clock that was wrong named and dated them otherwise"),
      choose("fault 15: the number that counts up is the order, although a clock that was wrong named it otherwise"),
    ],
  },
  16: {
    fault: "clocks change for the summer; the pod lives in another zone than the schedule",
    tests: [
      keys("fault 16: the hour that comes twice when clocks change makes two ids, in order"),
      keys("fault 16: ids and the days of retention are UTC in whatever zone the pod lives"),
      at(
        "infra/backups/schedules.test.ts",
        "fault 16: every schedule has a zone of its own, whatever that of the pod or the controller, and one run at a time",
      ),
    ],
  },
  17: {
    fault: "a CronJob is missed, or its controller is down",
    tests: [
      backup("monitor/checks")("a suspended or missed CronJob"),
      backup("monitor/checks")("verify that never came"),
      at(
        "infra/backups/schedules.test.ts",
        "fault 17: a controller that was down starts what it missed in the last hour, and never gives up counting",
      ),
    ],
  },
  18: {
    fault: "two backups at once, on one host or in two pods",
    tests: [
      program(
        "fault 18: of two processes at once the second ends with 4 and says who is at work; the first is undisturbed",
      ),
      run("of two runs at once the second is told who holds the lock; other databases are free"),
      backup("postgres/lock")("fault 18: it is one for a name, others are free, and it is gone with its session"),
      standby("reads from it, and says so; the lock is the primary's"),
    ],
  },
  19: {
    fault: "whoever holds the lock dies",
    tests: [
      program("fault 19: the lock of a run that is killed is free at once, and nothing of the run counts"),
      backup("postgres/lock")(
        "fault 19: a holder whose machine vanishes loses it within two minutes, as the server itself asks after it",
      ),
      run("a session that the server ends takes the run with it, and its lock is free at once"),
      prune("a backup that a restore or a drill has leased stays for its time, and goes after it"),
    ],
  },
  20: {
    fault: "a backup is made, restored or drilled while another program prunes",
    tests: [
      prune("%s that comes between the look and the deed is seen"),
      prune("a backup at work is not taken for one that broke off, nor its upload"),
      prune("a lease cannot be had on a backup whose dump is gone"),
      restore("fault 20: what is being restored is not pruned meanwhile, however due"),
      drillFaults("fault 20: what is being drilled is not pruned meanwhile, however due"),
    ],
  },
  21: {
    fault: "backups have failed for 40 days",
    tests: [
      prune("fault 21: after 40 days of failed runs, the seven newest proven are there still"),
      retention("fault 21: after 40 days without a good backup, the newest proven ones are kept whatever their age"),
      retention("fault 21: unproven backups push no proven one out"),
    ],
  },
  22: {
    fault: "more than a thousand objects, and foreign files among them",
    tests: [
      prune("fault 22: more than a thousand objects, and foreign files in the prefix stay"),
      prune("fault 22: what a stranger signed is not touched, however old"),
      verify("fault 22: more than a thousand objects and foreign files between them"),
      s3("2,500 objects are all listed when the store %s"),
      at("services/backup/testing/store-contract.ts", "a list of more objects than one page holds is whole"),
    ],
  },
  23: {
    fault: "the name of a database begins with another's",
    tests: [
      prune("fault 23: `--database app` touches neither `app_test` nor `ap`"),
      keys("fault 23: no prefix of a database begins another's"),
      retention("fault 23: `app` and `app_test` know nothing of each other"),
      verify("fault 23: --database means that database and no other of a similar name"),
      catalogue("fault 23: a database and an id mean exactly those, and an id of two databases is two backups"),
    ],
  },
  24: {
    fault: "an object is locked, or under legal hold",
    tests: [
      prune("a lock on the %s leaves the backup whole"),
      prune("a hold of the store that it does not tell of beforehand leaves the backup whole too"),
      backup("care/prune-s3")(
        "fault 24: verified whole, then pruned but for what a lock or a legal hold keeps; nothing is left of the others, in any version",
      ),
      s3("a removal that a lock refuses in the word of a missing right is known by the lock"),
      s3("a removal that a legal hold refuses is known by the hold, which has no end"),
    ],
  },
  25: {
    fault: "pruning dies half-way",
    tests: [
      prune(
        "at any call: it says so, nothing half-removed looks whole, and the next run ends where one run would have",
      ),
      prune("or whose answer was lost: what was removed although an error came back is removed once"),
      prune("uploads that were begun 48 hours ago are given up, later ones are not"),
      s3("a removal that breaks off half-way is finished by the next one"),
    ],
  },
  26: {
    fault: "a restore into a database that people are in",
    tests: [
      restore("fault 26: sessions in the database stay until a person agrees; then they are ended, and it is swapped"),
      restore("fault 26: a session that cannot be ended is named, and nothing is done"),
      swap("they read the old rows or the new ones, and are turned away for no longer than the gap that is told"),
    ],
  },
  27: {
    fault: "a restore is killed half-way",
    tests: [
      swap("a tool that is killed at %j has changed nothing; status says so, and the same command finishes"),
      swap("a tool that is killed right after the swap has done it, and undo brings the old one back"),
      swap("an undo that is killed at %j is finished by the next"),
      swap("undo takes away what a restore left that was killed before its swap"),
    ],
  },
  28: {
    fault: "the backup before a restore fails",
    tests: [restore("fault 28: without the backup of what is replaced, nothing is replaced")],
  },
  29: {
    fault: "the server lacks a role or an extension",
    tests: [
      restore("fault 29: roles that the server lacks are named and nothing is made; with leave they are made first"),
      restore("fault 29: an extension that the server lacks is named with its package, beforehand"),
      backup("restore/cases")(
        "materialized views that need a search_path are named with the cause, and nothing is swapped",
      ),
      drill("an extension that this server does not have"),
    ],
  },
  30: {
    fault: "pg_dump is older than the server",
    tests: [
      run("fault 30: a pg_dump older than the server is told before anything is asked of the store"),
      backup("postgres/postgres")(
        "a pg_dump older than the server is refused before anything starts, with the package to install",
      ),
      backup("postgres/postgres")("an archive wants a pg_restore that is as new as its pg_dump"),
    ],
  },
  31: {
    fault: "a file that is no archive of ours, or unpacks without end",
    tests: [
      restore("fault 31: a signed dump that holds %s is refused before the database is touched"),
      restore("fault 31: an archive that unpacks to more than its manifest says stops there"),
      open("a bomb gives no more bytes than the manifest says"),
      open("another file that decrypts well is damage: it is not the one that was signed for"),
      backup("restore/toc")("bytes that are no archive are told, and never break the reader in another way"),
    ],
  },
  32: {
    fault: "a database is called like a path or a shell's command",
    tests: [
      run("takes a database and tables by any name that Postgres allows"),
      keys("fault 32: every database has a prefix of its own, one path segment long, and comes back from it"),
      keys("a path stays under its root"),
      disk("%j is no key: nothing is written, read, looked at or removed outside"),
    ],
  },
  33: {
    fault: "a database is called like connection settings",
    tests: [
      run("a database named like connection settings is itself, not another host"),
      backup("restore/restore")("makes a new database with the same rows, and leaves the old one alone"),
    ],
  },
  34: {
    fault: "a dump that was made to run code",
    tests: [
      restore("fault 34: commands of psql in names, comments and rows are text and nothing else"),
      restore("fault 31: a signed dump that holds %s is refused before the database is touched"),
      backup("postgres/patched-client")("fault 34: what is known of a client of version %s is told"),
      at(
        "infra/network/network.test.ts",
        "a drill reaches the store and nothing else, whatever is configured: a dump may hold somebody else's code",
      ),
      backup("drill/scratch-server")("answers on its socket only, which nobody else can reach, and leaves nothing"),
      backup("drill/scratch-server")("its processes see none of this process's environment"),
    ],
  },
  35: {
    fault: "a table is locked by a change of the schema",
    tests: [run("a table that stays locked ends the run after the set wait, naming table and blocker")],
  },
  36: {
    fault: "rows are written during a dump",
    tests: [run("what is written during a dump is not in it: the manifest is the dump, rows and sequences")],
  },
  37: {
    fault: "a failover, or a conflict on the standby, ends the dump",
    tests: [
      standby("when it dies in the middle of a dump, the primary is read instead, and nothing half-done is left"),
      standby("a primary that goes away in the middle ends the run"),
      run("a session that the server ends takes the run with it, and its lock is free at once"),
    ],
  },
  38: {
    fault: "Slack is down, the mail server slow, PagerDuty busy",
    tests: [
      notify(
        "Slack down, the mail server silent, PagerDuty answering 429: each tried within its time, the mail sent where it can be",
      ),
      notify("a receiver that asks to come back in an hour is left to the next run"),
      notify("at PagerDuty: one incident a run and database, closed by the recovery"),
      notifying("a channel that is down changes no result, and is told by the next run"),
      notifying("a recovery that did not arrive is told again by the next good run"),
      backup("monitor/exporter")("the numbers are those of the backups"),
    ],
  },
  39: {
    fault: "an empty database, or one that lost nine of ten rows",
    tests: [
      run("an empty database is backed up and flagged; so is one that lost nearly all rows"),
      retention("fault 39: the newest backup is unlike its predecessors"),
      verbs("fault 39: an anomaly freezes the pruning, in words, until it is accepted"),
    ],
  },
  40: {
    fault: "the drill's own server is out of disk, or the drill is broken",
    tests: [
      drill("too little disk"),
      backup("drill/verdict")("a full disk that pg_restore tells of"),
      drill("its pg_restore is broken: the backup that is known to be good does not restore either"),
      drill("a flipped bit in the dump"),
      drillVerb("red is exit 11 and a broken drill exit 10, both with the whole report"),
    ],
  },
} as const satisfies Record<number, Fault>;

/** A store that fails once, at each position among the calls of a program: it says so, and the next run of it converges. */
export const sweeps = {
  run: run("the store fails at each call: no backup, no child, no lock, and the next run succeeds"),
  verify: verify(
    "a storage error at every call position ends the run loudly, proves nothing wrongly, and the next run finishes",
  ),
  prune: prune(
    "at any call: it says so, nothing half-removed looks whole, and the next run ends where one run would have",
  ),
  restore: restore("at each call: it says so and has touched nothing, and the next restore goes through"),
  drill: drillFaults(
    "a store that fails at call %i (%s): %s; the backup is not blamed, nothing is left, and the next drill is green",
  ),
} as const satisfies Record<string, Proof>;

/** Each command given twice. */
export const twice = {
  run: run("backups are counted up, past what strangers signed"),
  "verify, list and prune": verbs("verify, list, prune and list again, from the command line, each twice"),
  "hold, release and accept": verbs("hold, show, release and accept, each twice"),
  "restore and drop": restore(
    "twice: into a name that is taken now is refused, in the place of one is done again, and so is a drop",
  ),
  undo: backup("restore/restore")("replaces the live database, keeps the old one, and undo brings it back"),
  drill: drill("twice: what is due is another one each time, and both records stay"),
  "bucket ensure": backup("storage/bucket")("it is made once, with its accounts, and a second run changes nothing"),
} as const satisfies Record<string, Proof>;
