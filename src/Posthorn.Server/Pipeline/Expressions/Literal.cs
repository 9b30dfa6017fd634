namespace Posthorn.Server.Pipeline.Expressions;

/// <summary>A value as written; the property it is compared with says how it is read (<c>50MB</c> is a size for <c>size</c>).</summary>
internal sealed record Literal(string Text, bool IsQuoted, int Position);
