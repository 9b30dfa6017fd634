using System.Globalization;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>
/// The rule at which a mail goes on that was held or has failed, so that nothing before it happens twice:
/// <c>transport[3]@5f2a9c01</c>, kept in <see cref="Spool.MailAttributes.Resume"/>.
/// </summary>
internal readonly record struct ResumePoint(string Processor, int Rule, string Fingerprint)
{
    public static ResumePoint At(Processor processor, int rule) => new(processor.Name, rule, processor.Fingerprint);

    /// <summary>Finds the place again; null when the processor's rules are others now, and the mail must begin anew.</summary>
    public static (Processor Processor, int Rule)? Find(string? text, PipelineDefinition definition)
    {
        if (text is null)
            return null;
        var (open, close) = (text.LastIndexOf('['), text.LastIndexOf("]@", StringComparison.Ordinal));
        if (open < 0 || close < open || !int.TryParse(text.AsSpan(open + 1, close - open - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var rule))
            return null;
        return definition[text[..open]] is { } processor && processor.Fingerprint == text[(close + 2)..] && rule <= processor.Rules.Count
            ? (processor, rule)
            : null;
    }

    public override string ToString() => $"{Processor}[{Rule}]@{Fingerprint}";
}
