using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>A place in the configuration that names a processor.</summary>
internal sealed record ProcessorReference(ConfigLocation Location, string Path, string Processor)
{
    /// <summary>Whether it need not be configured: there is a built-in one.</summary>
    public bool IsOptional { get; init; }
}
