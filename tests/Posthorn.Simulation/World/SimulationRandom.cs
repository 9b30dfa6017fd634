namespace Posthorn.Simulation.World;

/// <summary>
/// The simulator's own random numbers (xoshiro256** seeded by splitmix64): integers only, the same on every machine and runtime.
/// One stream a component, made by name with <see cref="Fork"/>, so that one more draw in one place does not shift the others.
/// </summary>
public sealed class SimulationRandom
{
    private ulong _a, _b, _c, _d;

    public SimulationRandom(ulong seed)
    {
        Seed = seed;
        _a = SplitMix(ref seed);
        _b = SplitMix(ref seed);
        _c = SplitMix(ref seed);
        _d = SplitMix(ref seed);
    }

    public ulong Seed { get; }

    /// <summary>A stream of its own for a component.</summary>
    public SimulationRandom Fork(string name)
    {
        var hash = 14695981039346656037UL ^ Seed;
        foreach (var c in name)
            hash = (hash ^ c) * 1099511628211UL;
        return new SimulationRandom(hash);
    }

    public ulong NextUInt64()
    {
        var result = ulong.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = ulong.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>0 to <paramref name="below"/> - 1.</summary>
    public int Below(int below) => below <= 1 ? 0 : (int)(NextUInt64() % (ulong)below);

    /// <summary>Both ends included.</summary>
    public int Between(int from, int to) => from + Below(to - from + 1);

    /// <summary>True <paramref name="times"/> times out of <paramref name="outOf"/>.</summary>
    public bool Chance(int times, int outOf) => Below(outOf) < times;

    public T Pick<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    private static ulong SplitMix(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
