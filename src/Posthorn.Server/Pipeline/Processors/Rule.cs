using Posthorn.Server.Pipeline.Expressions;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Whom it selects and what then happens, in this order.</summary>
/// <param name="Place">Where it stands: <c>pipeline.root[2]</c>.</param>
/// <param name="Processor">Its processor's name.</param>
/// <param name="Index">Its index there.</param>
/// <param name="Condition">Null selects everybody.</param>
/// <param name="Mailets">One or more.</param>
/// <param name="OnError">What a failure does.</param>
internal sealed record Rule(string Place, string Processor, int Index, Condition? Condition, IReadOnlyList<RuleMailet> Mailets, OnError OnError);
