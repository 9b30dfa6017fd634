namespace Posthorn.Server.Operate.Configuration;

/// <summary>Where a setting stands: a file with line and column (both from 1), or an environment variable.</summary>
public sealed record ConfigLocation(string Source, int Line = 0, int Column = 0)
{
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}
