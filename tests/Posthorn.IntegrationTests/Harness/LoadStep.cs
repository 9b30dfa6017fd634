using Posthorn.KillLoad;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>A commit of a worker of the load whose answer has not come.</summary>
internal sealed record LoadStep(int Worker, int Number, string Key, IReadOnlyList<Effect> Effects)
{
    /// <summary>Whether it was found to have happened though its answer was lost.</summary>
    public bool IsDone { get; set; }

    /// <summary>Whether it was counted as cut short.</summary>
    public bool IsCounted { get; set; }

    public override string ToString() => $"{Worker} {Number} {Key} {string.Join(' ', Effects)}";
}
