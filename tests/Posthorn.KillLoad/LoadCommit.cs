using System.Globalization;
using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Queues;

namespace Posthorn.KillLoad;

/// <summary>A commit of the load: some effects, and a document that says which step of its worker it was, so that it can be seen whether it happened.</summary>
internal static class LoadCommit
{
    public const string NameAttribute = "name";
    public const string NoKey = "-";

    public static string DocumentOf(int worker) => $"step/{worker}";

    /// <param name="worker">Whose it is.</param>
    /// <param name="step">Which of his.</param>
    /// <param name="key">Its idempotency key, or <see cref="NoKey"/>.</param>
    /// <param name="effects">What it does.</param>
    /// <param name="references">What it is done to, by name: what is leased, or the ids.</param>
    public static Commit Of(int worker, int step, string key, IEnumerable<Effect> effects, IReadOnlyDictionary<string, MessageReference> references)
    {
        var commit = new Commit { IdempotencyKey = key == NoKey ? null : key };
        foreach (var effect in effects)
            Add(commit, effect, references);
        return commit.SetDocument(DocumentOf(worker), BitConverter.GetBytes(step));
    }

    private static void Add(Commit commit, Effect effect, IReadOnlyDictionary<string, MessageReference> references)
    {
        switch (effect.What)
        {
            case "add":
                commit.Add(new NewMessage
                {
                    Queue = QueueName.Parse(effect.Queue),
                    Content = Body.Of(MessageNames.BodyOf(effect.Name)),
                    Priority = Priority.Of(MessageNames.PriorityOf(effect.Name)),
                    Group = MessageNames.GroupOf(effect.Name),
                    DeduplicationId = effect.More.Length > 0 ? effect.More : null,
                    Attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { [NameAttribute] = effect.Name },
                });
                break;
            case "end":
                commit.Remove(references[effect.Name]);
                break;
            case "put":
                commit.Release(references[effect.Name], TimeSpan.FromMilliseconds(int.Parse(effect.More, CultureInfo.InvariantCulture)));
                break;
            case "move":
                commit.Move(references[effect.Name], QueueName.Parse(effect.More));
                break;
            case "replay":
                commit.Replay(references[effect.Name].Id);
                break;
            case "drop":
                commit.Discard(references[effect.Name].Id);
                break;
            default:
                throw new FormatException($"'{effect}' is no effect.");
        }
    }
}
