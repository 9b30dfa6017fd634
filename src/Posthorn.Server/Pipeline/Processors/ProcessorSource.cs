using Posthorn.Server.Operate.Configuration;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>A processor as compiled, with what the checks of the whole need: where it stands and where it leads.</summary>
internal sealed record ProcessorSource(Processor Processor, ConfigLocation Location, IReadOnlyList<ProcessorReference> References, bool LeadsAnywhere);
