using System.Text;
using Posthorn.Journal;
using Posthorn.Simulation.Disk;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Shrinking;

/// <summary>Writes a history down as a test for <c>Regressions/</c>.</summary>
public static class ScenarioText
{
    public static string FactOf(Finding finding)
    {
        var scenario = finding.Scenario;
        var text = new StringBuilder();
        text.AppendLine($"    // {finding.Message.Split('\n')[0]}");
        text.AppendLine("    [Fact]");
        text.AppendLine($"    public void Say_here_what_went_wrong_{scenario.Seed:x}() => Regression.Run(new Scenario");
        text.AppendLine("    {");
        text.AppendLine($"        Seed = 0x{scenario.Seed:x},");
        if (OptionsOf(scenario.Options) is { Length: > 0 } options)
            text.AppendLine($"        Options = new WorldOptions {{ {options} }},");
        text.AppendLine($"        Lives = [{string.Join(", ", scenario.Lives.Select(Of))}],");
        text.AppendLine("        Steps =");
        text.AppendLine("        [");
        foreach (var step in scenario.Steps)
            text.AppendLine($"            new Step({step.Id}, {step.Life}, {step.Client}, StepKind.{step.Kind}, {step.Size}),");
        text.AppendLine("        ],");
        if (scenario.Faults.Count > 0)
            text.AppendLine($"        Faults = [{string.Join(", ", scenario.Faults.Select(Of))}],");
        text.AppendLine("    });");
        return text.ToString();
    }

    private static string Of(LifeEnd end) => $"new LifeEnd(Ending.{end.Ending}{(end.AfterSteps < 0 ? "" : $", {end.AfterSteps}")})";

    private static string Of(PlannedFault fault) => $"new PlannedFault({fault.Life}, {fault.At}, Fault.{fault.Kind}{(fault.IsLasting ? ", IsLasting: true" : "")})";

    private static string OptionsOf(WorldOptions options)
    {
        var plain = new WorldOptions();
        var parts = new List<string>();
        if (options.Disk is var disk && disk != plain.Disk)
            parts.Add($"Disk = new DiskCharacter {{ CapacityBytes = {disk.CapacityBytes}, IsHostile = {Of(disk.IsHostile)}, StallsOneIn = {disk.StallsOneIn} }}");
        if (options.Journal is var journal && journal != plain.Journal)
            parts.Add($"Journal = {Of(journal)}");
        if (!options.LooksAside)
            parts.Add("LooksAside = false");
        if (options.Rests)
            parts.Add("Rests = true");
        return string.Join(", ", parts);
    }

    private static string Of(JournalOptions journal) =>
        $"new JournalOptions {{ SegmentBytes = {journal.SegmentBytes}, InlineBodyBytesMax = {journal.InlineBodyBytesMax}, RecentBytesMax = {journal.RecentBytesMax}, ReserveBytes = {journal.ReserveBytes}, "
        + $"SparesMax = {journal.SparesMax}, RewriteBelow = {journal.RewriteBelow}, RewriteBytesPerSecond = {journal.RewriteBytesPerSecond}, SettleTime = TimeSpan.FromSeconds({journal.SettleTime.TotalSeconds}), IndexBytesMax = {journal.IndexBytesMax}, ScrubBytesPerSecond = {journal.ScrubBytesPerSecond}, CallersWrite = {Of(journal.CallersWrite)} }}";

    private static string Of(bool value) => value ? "true" : "false";
}
