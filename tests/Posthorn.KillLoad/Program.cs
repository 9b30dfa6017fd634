// The program that EngineKillTests kill: it opens a store, tells what is in it, commits again what may have been cut short the last time,
// and then works until it is killed.
//
//     Posthorn.KillLoad FOLDER SEED      with, in FOLDER/again, a line "WORKER STEP KEY EFFECT…" for each commit whose answer was lost
using System.Globalization;
using Posthorn.Embedded;
using Posthorn.KillLoad;

var (folder, seed) = (args[0], int.Parse(args[1], CultureInfo.InvariantCulture));
var log = new LoadLog();
await using var store = await PosthornStore.OpenAsync(LoadQueues.Options(folder));
var ids = await Inventory.TellAsync(store.Engine, log);
log.Write("ready");
foreach (var line in File.Exists(Path.Combine(folder, "again")) ? await File.ReadAllLinesAsync(Path.Combine(folder, "again")) : [])
{
    var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    var (worker, step) = (int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture));
    var effects = words.Skip(3).Select(Effect.Parse).ToList();
    // What is gone because the commit happened is not looked for: the key is known, or something was lost.
    foreach (var effect in effects)
        ids.TryAdd(effect.Name, default(Posthorn.Messages.MessageId));
    var result = await store.Engine.CommitAsync(LoadCommit.Of(worker, step, words[2], effects, ids));
    log.Write($"again {worker} {step} {(result.IsRepeat ? "repeat" : "first")}");
}
await Task.WhenAll(Enumerable.Range(0, LoadQueues.Workers).Select(worker => Task.Run(new Worker(store.Engine, log, worker, new Random(seed + worker)).RunAsync)));
