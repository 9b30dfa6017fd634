using Microsoft.Extensions.Logging;
using Posthorn.Engine;

namespace Posthorn.Embedded.Consuming;

/// <summary>What everything that works on an open store needs.</summary>
internal sealed record StoreContext(IEngine Engine, TimeProvider Time, ILogger Log);
