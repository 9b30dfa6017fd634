using Posthorn.Engine;
using Posthorn.Files;

namespace Posthorn.Simulation.World;

/// <summary>Opens the engine under test on a disk.</summary>
public delegate Task<IEngine> EngineOpener(IJournalFileSystem disk, TimeProvider time, Func<ulong> random);
