using Posthorn.Server.Pipeline.Mailets;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>A mailet as a rule uses it.</summary>
/// <param name="Mailet">What acts.</param>
/// <param name="Detail">What the timeline says of it: <c>pipeline.root[2] set-priority: 7</c>.</param>
internal sealed record RuleMailet(IMailet Mailet, string Detail);
