#!/usr/bin/env python3
"""Writes train.json, heldout.json and heldout_kinds.json: the project's own room descriptions.

The words are ours: for every kind of room a few ways to name it and pools of things that such a room may hold.
A description is put together from them in one of several shapes. Training and held-out descriptions draw from
the same pools but never share a sentence, nor a pair of (room name, set of things). The third file is of kinds of rooms
that the other two do not have at all, and much of what stands there stands in no other room.

    python3 data/descriptions/make_descriptions.py
"""

import json
import pathlib
import random

# name: (size range of the longer side, names, main things, further things, closings)
ROOMS = {
    "living room": ((4.0, 7.5), [
        "living room", "family living room", "open living room", "front room", "sitting room",
    ], [
        "a deep blue sofa facing the television", "two leather armchairs on either side of a fireplace",
        "a grey sectional sofa and a low oak coffee table", "a pair of loveseats around a glass coffee table",
        "a linen sofa under a wide painting", "a recliner turned towards the fire",
        "a long sofa that looks at a wood stove",
    ], [
        "a floor lamp beside the armchair", "a bookshelf packed with travel books", "a woollen rug in warm colours",
        "a side table for evening tea", "a tall potted plant in the corner", "an old grandfather clock",
        "a console table behind the sofa", "a basket of firewood", "an upright piano", "a round mirror over the mantel",
        "a television on a low stand", "an ottoman that doubles as a footrest",
    ], ["", "", "made for long Sunday afternoons", "where friends drop in unannounced", "lit by a large window"]),
    "bedroom": ((3.0, 6.0), [
        "bedroom", "main bedroom", "guest bedroom", "upstairs bedroom", "country bedroom",
    ], [
        "a king-sized bed and two nightstands", "an iron bed under a patchwork blanket", "a canopy bed with white drapes",
        "a low platform bed and a lamp on the nightstand", "a double bed facing a wide wardrobe",
        "a queen bed with a bench at its foot",
    ], [
        "a pine dresser", "a mirrored wardrobe", "a small writing desk by the window", "a reading armchair in the corner",
        "a full-length mirror", "a soft rug on the boards", "a vanity table with a stool", "a cedar chest",
        "a floor lamp with a paper shade", "a framed picture over the bed", "a bookshelf of old novels",
        "two table lamps", "a potted plant on the floor",
    ], ["", "", "quiet enough to hear the rain", "with morning light from the east", "kept in pale colours"]),
    "child's bedroom": ((3.0, 5.0), [
        "child's bedroom", "kids' room", "teenager's bedroom", "children's bedroom", "bunk room",
    ], [
        "a bunk bed and a toy chest", "a single bed with a bright blanket", "a loft bed over a homework desk",
        "a twin bed and a star lamp on the nightstand", "a small bed beside a shelf of toys",
    ], [
        "a desk with an office chair", "a bean bag for reading", "a bookshelf of picture books", "a round rug",
        "a wardrobe full of costumes", "a poster of the solar system", "a dollhouse", "a globe on the desk",
        "a guitar in the corner", "a basket of building blocks", "a play tent", "a rocking horse", "a dresser with stickers",
    ], ["", "", "painted the green of new leaves", "where every drawer has a label"]),
    "nursery": ((2.8, 4.5), [
        "nursery", "baby room", "calm nursery", "attic nursery",
    ], [
        "a white crib and a rocking chair", "a wooden crib under a hanging mobile", "a crib, a changing table and a dresser",
        "a rocking chair beside the crib",
    ], [
        "a shelf of soft toys", "a basket of blankets", "a pouf for tired feet", "a small lamp on a side table",
        "a knitted rug", "a chest for toys", "a wardrobe with painted birds", "a low bookshelf",
        "a picture of a whale", "a laundry basket", "a floor lamp that dims",
    ], ["", "", "in the colours of sand and sky", "where the light is always soft"]),
    "playroom": ((3.5, 6.5), [
        "playroom", "toy room", "day-care playroom", "attic playroom",
    ], [
        "a low table with four small chairs", "a play tent and a heap of cushions", "a dollhouse beside a toy chest",
        "a slide and a soft play mat", "an easel and a kids' table",
    ], [
        "a shelf of board games", "two bean bags", "a whiteboard at child height", "a rocking horse", "cubby shelves with bins",
        "a bright round rug", "a basket of balls", "a bookshelf of fairy tales", "a storage bin full of blocks",
        "a poster of animals", "a play kitchen", "a stuffed bear taller than its owner",
    ], ["", "", "where nothing stays in its place for long", "with washable walls"]),
    "kitchen": ((3.0, 7.0), [
        "kitchen", "country kitchen", "galley kitchen", "family kitchen", "open kitchen",
    ], [
        "a marble island and three bar stools", "a cast-iron stove and a farmhouse sink", "a long counter with a coffee machine",
        "a breakfast table with four chairs", "a steel refrigerator beside the stove", "a butcher block in the middle",
    ], [
        "copper pots on a hanging rack", "a tall pantry cabinet", "open shelves of jars", "a dishwasher next to the sink",
        "a range hood above the stove", "a bowl of fruit on the counter", "a microwave", "a pendant light over the island",
        "a wall clock", "herbs in pots by the window", "a wine rack", "a high chair for the youngest", "a trash can by the door",
    ], ["", "", "that smells of bread most mornings", "tiled in blue and white", "built for two cooks"]),
    "dining room": ((3.5, 8.0), [
        "dining room", "formal dining room", "breakfast nook", "panelled dining room", "dining hall",
    ], [
        "a mahogany table and six chairs", "a round table with four chairs", "a long banquet table under a chandelier",
        "an oval dining table beside a sideboard", "a farmhouse table with a bench on one side",
    ], [
        "a china cabinet", "a sideboard for the silver", "a rug under the table", "a bar cart", "a portrait in a gilded frame",
        "a vase of tulips on the table", "a mirror over the sideboard", "a tall plant", "a crystal chandelier",
        "a console table with candles", "a fireplace at one end", "a floor lamp", "heavy curtains",
    ], ["", "", "where dinners run past midnight", "dressed for the holidays", "in dark green and brass"]),
    "bathroom": ((2.2, 4.5), [
        "bathroom", "family bathroom", "tiled bathroom", "guest bathroom", "marble bathroom",
    ], [
        "a freestanding bathtub and a double sink", "a walk-in shower and a vanity", "a clawfoot tub under the window",
        "a toilet, a small sink and a glass shower", "a deep tub beside a wooden stool",
    ], [
        "a towel rack", "a round mirror above the sink", "a laundry basket", "a bath mat", "a tall cabinet for towels",
        "a potted fern", "a shelf with soaps", "a wall lamp on each side of the mirror", "a stool for the child",
        "a small bench", "a trash can", "candles along the tub",
    ], ["", "", "in green glass tiles", "that steams up in seconds", "as calm as a spa"]),
    "home office": ((2.8, 5.5), [
        "home office", "study", "writer's study", "small office", "garden office",
    ], [
        "a walnut desk and an office chair", "a standing desk with two monitors", "an executive desk in front of a bookcase",
        "a corner desk with a computer", "a writing desk and a typewriter",
    ], [
        "a filing cabinet", "a desk lamp", "a tall bookshelf", "a printer on a low cabinet", "an armchair for reading drafts",
        "a whiteboard full of plans", "a world globe", "a plant that needs water", "a rug with a coffee stain", "a wall clock",
        "a corkboard of notes", "a floor lamp", "a small sofa for visitors", "a framed map", "a trash can full of paper",
    ], ["", "", "looking out on the garden", "where the phone is always silent", "in grey and oak"]),
    "open office": ((5.5, 10.0), [
        "open-plan office", "shared office", "newsroom", "coworking space",
    ], [
        "four desks with office chairs", "rows of desks with computers", "two computer desks and a meeting table",
        "three workstations facing the windows",
    ], [
        "a printer in the corner", "a whiteboard", "filing cabinets along one wall", "a water cooler", "tall plants", "a wall clock",
        "a sofa for short breaks", "lockers by the entrance", "a bookshelf of manuals", "a coffee machine on a counter",
        "a television showing the news",
    ], ["", "", "that never quite empties", "with exposed pipes", "full of deadlines"]),
    "meeting room": ((4.5, 9.0), [
        "meeting room", "conference room", "boardroom", "seminar room",
    ], [
        "a long conference table and eight office chairs", "an oval meeting table with six chairs",
        "a conference table facing a projector screen", "a round table for discussions and four chairs",
    ], [
        "a whiteboard", "a flip chart", "a sideboard with coffee", "a potted tree", "a television on the wall", "a water cooler",
        "a lectern", "a wall clock", "two paintings of ships", "a pendant light over the table", "a cabinet for documents",
    ], ["", "", "behind a glass wall", "with a view of nothing in particular", "booked until June"]),
    "classroom": ((5.0, 10.0), [
        "classroom", "village classroom", "language classroom", "science classroom",
    ], [
        "rows of school desks and a blackboard", "four student desks with chairs and a teacher's desk",
        "desks facing a whiteboard", "a teacher's desk beside the blackboard and desks for the pupils",
    ], [
        "a globe", "a bookshelf of textbooks", "a map on the wall", "a poster of the alphabet", "a wall clock",
        "cubby shelves for bags", "a projector screen", "a storage cabinet for supplies", "a potted plant on the floor",
        "an upright piano", "a trash can", "a corkboard of drawings",
    ], ["", "", "with high old windows", "that smells of chalk", "ready for the first day of term"]),
    "library": ((3.5, 9.0), [
        "library", "home library", "reading room", "two-storey library", "village library",
    ], [
        "tall bookshelves and a leather armchair", "rows of bookcases around a reading table",
        "oak bookshelves and a rolling ladder", "a writing desk between two bookshelves",
    ], [
        "a globe on a stand", "a floor lamp beside the chair", "a fireplace", "a chess table", "a Persian rug", "a side table",
        "a sofa under the window", "a desk lamp with a green shade", "a telescope", "a painting of a harbour",
        "a grandfather clock", "a display case of old maps", "a potted palm",
    ], ["", "", "silent but for the clock", "panelled in cherry", "open late"]),
    "reading nook": ((2.5, 3.8), [
        "reading nook", "window nook", "reading corner", "snug under the stairs",
    ], [
        "an armchair and a floor lamp", "a window seat with a bookshelf beside it", "a chaise longue and a small table",
        "a bean bag and a low bookshelf", "a hanging chair by the window",
    ], [
        "a side table for the tea", "a footstool", "a round rug", "a basket of blankets", "a small plant", "a wall shelf of poems",
        "a table lamp", "a picture of a lighthouse", "a stack of books on the floor", "a pouf",
    ], ["", "", "just big enough for one", "out of everybody's way", "facing the old orchard"]),
    "gym": ((4.0, 9.0), [
        "home gym", "gym", "basement gym", "hotel fitness room", "boxing gym",
    ], [
        "a treadmill and an exercise bike", "a weight bench and a dumbbell rack", "a rowing machine facing a mirror",
        "a squat rack and a weight bench", "two treadmills in front of a television",
    ], [
        "a yoga mat", "a wall of mirrors", "a punching bag", "a storage shelf for towels", "a water cooler", "a bench", "lockers",
        "an exercise ball", "a speaker in the corner", "a poster of a marathon", "an elliptical trainer", "a wall clock",
    ], ["", "", "with a rubber floor", "for people who wake at five", "smelling of chalk and iron"]),
    "yoga studio": ((3.5, 8.0), [
        "yoga studio", "meditation room", "quiet studio for yoga", "tea and meditation room",
    ], [
        "four yoga mats in rows", "floor cushions around a low table", "a small altar and two meditation cushions",
        "tatami mats and a low table", "three yoga mats facing a mirror",
    ], [
        "a folding screen", "a storage shelf for blankets", "a stone fountain", "a bamboo plant in the corner", "a candle on the altar",
        "a statue of a heron", "a paper lantern", "a wooden bench by the door", "an incense burner", "a speaker for soft music",
        "a tapestry", "a singing bowl",
    ], ["", "", "where shoes stay outside", "full of slow light", "with a cedar floor"]),
    "music room": ((3.5, 8.0), [
        "music room", "recording studio", "practice room", "piano room", "band room",
    ], [
        "a grand piano in the middle", "an upright piano and a bench", "a drum kit and two guitars",
        "a mixing console between two speakers", "a cello beside a music stand",
    ], [
        "a music stand", "an amplifier", "a shelf of records", "an armchair for listening", "a harp", "acoustic panels on the wall",
        "a rug under the drums", "a microphone stand", "a bookshelf of scores", "a floor lamp", "a sofa for the audience",
        "a violin on the cabinet", "a poster of a jazz trio", "a record player on a cabinet",
    ], ["", "", "soundproofed with cork", "where scales start at seven", "on the top floor"]),
    "art studio": ((3.5, 8.0), [
        "art studio", "painter's studio", "pottery studio", "attic studio for drawing", "craft room",
    ], [
        "two easels near the window", "a worktable covered in paint", "a pottery wheel and a kiln", "a drafting table and a stool",
        "an easel, a stool and a stack of canvases",
    ], [
        "a shelf of brushes and jars", "a sink for cleaning up", "a plaster statue", "an old sofa", "a mannequin", "a floor lamp",
        "a pegboard of tools", "a cabinet of papers", "a rug nobody minds about", "crates of clay", "a pedestal", "a storage shelf",
        "a skylight above", "pictures drying on the wall",
    ], ["", "", "facing north for the light", "splashed with every colour", "loud with the radio"]),
    "sewing room": ((3.0, 5.5), [
        "sewing room", "tailor's workshop", "dressmaker's studio", "quilting room",
    ], [
        "a sewing machine on a long table", "a cutting table and a mannequin", "a sewing table and a chair by the window",
        "two mannequins beside a worktable",
    ], [
        "shelves of folded cloth", "a full-length mirror", "an ironing board", "a clothing rack", "a pegboard of threads",
        "a basket of wool", "a desk lamp", "a dresser full of buttons", "a storage cabinet", "an armchair for customers", "a stool",
        "a corkboard of sketches", "a small rug",
    ], ["", "", "with pins between the boards", "busy before every wedding", "in faded rose"]),
    "workshop": ((3.5, 8.0), [
        "workshop", "woodworking shop", "tool shed", "repair shop", "carpenter's workshop",
    ], [
        "a heavy workbench and a stool", "a table saw in the middle", "a workbench under a pegboard of tools",
        "a drill press and a workbench", "two workbenches along the walls",
    ], [
        "a tool chest", "storage shelves of paint", "a stack of crates", "a sawhorse", "a pendant light over the bench",
        "a metal cabinet", "a barrel for offcuts", "a trash can", "a worktable for gluing", "a wall clock", "a wheelbarrow",
        "bins of screws", "a ladder against the wall",
    ], ["", "", "deep in sawdust", "where everything gets mended", "heated by a small stove"]),
    "garage": ((4.0, 8.0), [
        "garage", "double garage", "mechanic's garage", "old garage",
    ], [
        "a car in the middle", "a motorcycle and a workbench", "a vintage car and a tool chest", "a car beside a wall of tools",
    ], [
        "a workbench", "storage shelves", "a bicycle", "a stack of tires", "a tool chest on wheels", "a pegboard of wrenches",
        "a stool", "crates of parts", "a refrigerator", "a lawn mower", "a trash can", "a metal cabinet", "a ceiling light",
    ], ["", "", "smelling of oil", "with a concrete floor", "where the radio never stops"]),
    "laundry room": ((2.5, 4.0), [
        "laundry room", "utility room", "laundry", "basement laundry room",
    ], [
        "a washing machine and a dryer", "a washing machine, a dryer and a sink", "a washer beside a folding table",
    ], [
        "two laundry baskets", "an ironing board", "a drying rack", "a shelf of detergents", "a storage cabinet", "a trash can",
        "a wall cabinet", "a stool", "a small rug", "a clothing rack", "a potted plant", "a folding table",
    ], ["", "", "always warm", "behind the kitchen", "in white and pale blue"]),
    "walk-in closet": ((2.5, 5.0), [
        "walk-in closet", "dressing room", "walk-in wardrobe", "dressing area",
    ], [
        "two wardrobes and a full-length mirror", "clothing racks on both sides", "a closet island with drawers",
        "a vanity table and a stool", "a wardrobe and a shoe rack",
    ], [
        "an ottoman", "a dresser", "a shoe rack", "a jewelry cabinet", "a soft rug", "a small chandelier", "a bench",
        "a laundry basket", "wall hooks for hats", "an armchair", "cubby shelves for bags", "a floor lamp",
    ], ["", "", "arranged by colour", "larger than the bedroom", "smelling of cedar"]),
    "entry hall": ((2.5, 7.0), [
        "entry hall", "entryway", "foyer", "mudroom", "hotel lobby",
    ], [
        "a console table under a mirror", "a coat rack and a bench", "a reception desk and two armchairs",
        "a hall bench and a shoe rack", "a grandfather clock opposite the door",
    ], [
        "an umbrella stand", "a runner rug", "a potted palm", "a vase of dried flowers on the table", "wall hooks for coats",
        "a chandelier", "a painting of a ship", "a side table for keys", "lockers for boots", "a table lamp",
        "a statue on a pedestal", "a small armchair",
    ], ["", "", "where everyone says goodbye twice", "paved in black and white", "always a little cold"]),
    "home theater": ((4.0, 8.5), [
        "home theater", "private cinema", "media room", "screening room", "movie room",
    ], [
        "a projector screen and two rows of recliners", "four theater seats facing the screen",
        "a big television and a sectional sofa", "recliners in front of a projector screen",
    ], [
        "two speakers", "a popcorn machine", "a mini fridge", "movie posters on the wall", "a bar cart", "a side table for drinks",
        "a thick rug", "a floor lamp", "a cabinet of films", "dark curtains", "a bean bag for the children", "a coffee table",
    ], ["", "", "black as a cave", "for films with subtitles", "in wine-red velvet"]),
    "game room": ((4.0, 8.5), [
        "game room", "games room", "billiard room", "recreation room", "arcade room",
    ], [
        "a pool table in the middle", "a ping-pong table and a scoreboard", "a foosball table and a sofa",
        "two arcade machines and a bean bag", "a poker table with four chairs",
    ], [
        "a dartboard", "a jukebox", "a pinball machine", "a bar counter with stools", "a mini fridge", "an old sofa",
        "a neon sign", "a rug with stripes", "a television for consoles", "a shelf of board games", "two armchairs",
        "a poster of a film", "a pendant light over the table",
    ], ["", "", "at the end of the cellar stairs", "loud on Fridays", "where grown-ups cheat"]),
    "bar": ((4.0, 8.0), [
        "cocktail bar", "small pub", "wine bar", "jazz bar", "corner bar",
    ], [
        "a long bar counter with four stools", "a bar and two round tables", "booths along the wall and a bar counter",
        "a zinc counter and a wall of bottles",
    ], [
        "a piano", "a jukebox", "a wine rack", "a dartboard", "barrels used as tables", "a neon sign", "a leather sofa", "bistro tables",
        "a stage for trios", "a chandelier", "a bar cabinet", "bar stools", "an armchair by the door",
    ], ["", "", "open until four", "under a vaulted ceiling", "with more regulars than chairs"]),
    "café": ((4.0, 8.5), [
        "café", "coffee shop", "tea room", "corner bistro", "small restaurant",
    ], [
        "three bistro tables with chairs", "a counter with an espresso machine", "round tables and mismatched chairs",
        "two small tables beside a pastry case", "a display counter full of cakes",
    ], [
        "a menu board", "a bookshelf of paperbacks", "an armchair in the window", "bar stools at the counter", "a tall plant",
        "pendant lights", "a tea set on the counter", "paintings for sale", "an upright piano", "a sofa at the back", "a coat rack",
        "a vase on every table",
    ], ["", "", "known for its plum cake", "on the shady side of the square", "that closes at six"]),
    "bakery": ((3.5, 7.0), [
        "bakery", "village bakery", "pastry kitchen", "bread shop",
    ], [
        "a brick oven and a worktable", "an oven, a counter and a bread rack", "a glass case of pastries",
        "a long table dusted with flour",
    ], [
        "a bread rack", "a refrigerator", "a sink", "a stool for the owner", "sacks and crates in the corner", "a menu board",
        "a stand mixer on the counter", "storage shelves of tins", "a wall clock", "a pendant light", "two bistro tables", "bar stools",
    ], ["", "", "warm at four in the morning", "with a queue outside", "scented with rye"]),
    "shop": ((3.5, 8.0), [
        "boutique", "clothing store", "flower shop", "antique shop", "toy store",
    ], [
        "clothing racks and a full-length mirror", "a counter and a display case", "two display tables near the entrance",
        "mannequins beside a clothing rack", "shelves of curiosities and a counter",
    ], [
        "a display table", "an armchair for waiting husbands", "a shoe rack", "a chandelier", "a tall mirror", "a storage shelf",
        "a round rug", "baskets by the door", "a jewelry cabinet", "a folding screen", "a statue", "a bench", "potted plants",
        "a painted sign",
    ], ["", "", "on a steep street", "closing at the end of the month", "smelling of lavender"]),
    "salon": ((3.5, 7.0), [
        "hair salon", "barbershop", "nail salon", "beauty salon",
    ], [
        "two salon chairs in front of mirrors", "three barber chairs in a row", "a salon chair and a wash basin",
        "a manicure table and waiting chairs",
    ], [
        "a reception desk", "a coat rack", "a shelf of bottles", "a sofa for waiting", "a small trolley", "a potted plant",
        "a storage cabinet", "a poster from the fifties", "a wall clock", "a side table with magazines", "a chandelier", "a stool",
    ], ["", "", "full of gossip", "with checkered tiles", "by appointment only"]),
    "spa": ((3.5, 6.5), [
        "spa room", "massage room", "treatment room", "bathhouse", "wellness room",
    ], [
        "a massage table and a stool", "a hot tub and two loungers", "a massage table beside a folding screen",
        "a deep bathtub and a bench",
    ], [
        "a side table with oils", "a cabinet for towels", "a stone fountain", "candles on the shelf", "a bamboo plant",
        "a chaise lounge", "a floor lamp", "a towel rack", "a rug of woven reed", "a small bench", "a laundry basket", "a folding screen",
    ], ["", "", "silent and warm", "in slate and pine", "below the old hotel"]),
    "clinic": ((3.0, 6.0), [
        "doctor's office", "examination room", "hospital room", "veterinary clinic",
    ], [
        "an examination table and a desk", "a hospital bed and a nightstand", "a desk, an office chair and two waiting chairs",
        "an exam table beside a sink",
    ], [
        "a storage cabinet", "a stool", "an IV stand", "a folding screen", "a trash can", "a computer on the desk", "a wall clock",
        "a poster of the spine", "a filing cabinet", "a potted plant", "waiting chairs", "a medical cart",
    ], ["", "", "smelling of soap", "on the ground floor", "with a view of the car park"]),
    "laboratory": ((4.5, 9.0), [
        "laboratory", "chemistry lab", "robotics lab", "research lab",
    ], [
        "two lab benches with stools", "a lab bench and a microscope", "a fume hood and a long bench",
        "three lab benches in rows",
    ], [
        "a storage cabinet", "a whiteboard full of formulas", "a computer desk", "a refrigerator for samples", "a sink", "lockers",
        "storage shelves", "a trash can", "a wall clock", "an office chair", "a safe", "a microscope on the bench", "a telescope",
    ], ["", "", "humming all night", "behind two locked doors", "lit in cold white"]),
    "greenhouse": ((3.5, 8.0), [
        "greenhouse", "conservatory", "orangery", "winter garden", "garden room",
    ], [
        "a potting bench and rows of plants", "a wicker chair among tall ferns", "planter boxes and a stone fountain",
        "lemon trees and a garden bench", "a bistro table between palms",
    ], [
        "a watering can", "hanging plants", "a plant stand", "a small table with two chairs", "a stool", "a barrel of rainwater",
        "a statue overgrown with ivy", "a wheelbarrow", "storage shelves of pots", "a birdcage", "a bench", "a planter box",
    ], ["", "", "glazed on all sides", "humid even in January", "built by a sea captain"]),
    "sunroom": ((3.0, 6.5), [
        "sunroom", "glazed porch", "sun porch", "solarium",
    ], [
        "a wicker sofa and a coffee table", "two rocking chairs side by side", "a daybed under the windows",
        "a hammock and a low table", "wicker chairs around a small table",
    ], [
        "tall potted plants", "a side table", "a floor lamp", "a jute rug", "a bookshelf", "a hanging plant", "an ottoman",
        "a bistro table", "a plant stand", "a ceiling fan", "a chaise lounge", "a basket of magazines",
    ], ["", "", "golden by late afternoon", "looking over the vineyard", "used from May to October"]),
    "patio": ((4.0, 8.5), [
        "patio", "roof terrace", "covered terrace", "courtyard",
    ], [
        "an outdoor sofa and a fire pit", "a picnic table and a grill", "a hammock between two trees",
        "a bistro table and two chairs", "two sun loungers and a side table",
    ], [
        "planter boxes", "a fountain", "string lights", "a garden bench", "a potted olive tree", "a lantern", "wicker chairs", "a grill",
        "a barrel with herbs", "a rug for bare feet", "a swing", "a side table",
    ], ["", "", "shaded by a vine", "above the rooftops", "for late suppers"]),
    "gallery": ((4.5, 10.0), [
        "art gallery", "exhibition room", "museum room", "small gallery",
    ], [
        "four paintings and a bench", "a statue in the middle", "three pedestals with sculptures", "two display cases and a bench",
    ], [
        "a large mural", "a reception desk by the door", "a display case of coins", "track lights", "a potted plant", "a second bench",
        "a tapestry", "a vase on a pedestal", "a folding screen", "an armchair for the guard", "a rug", "a suit of armor",
    ], ["", "", "white and echoing", "free on Sundays", "in a former bank"]),
    "ballroom": ((7.0, 10.0), [
        "ballroom", "great hall", "dance hall", "wedding hall",
    ], [
        "a grand piano and a dance floor", "round tables under two chandeliers", "a stage and rows of chairs",
        "a banquet table along one side",
    ], [
        "tall mirrors", "a fireplace", "two sofas by the wall", "a statue", "a bar counter", "heavy curtains", "console tables",
        "tall plants", "a red rug", "candelabras", "portraits of ancestors", "a throne",
    ], ["", "", "with a painted ceiling", "polished for the spring ball", "last used in summer"]),
    "chapel": ((5.0, 9.0), [
        "chapel", "village church", "small temple", "prayer room",
    ], [
        "an altar and four pews", "wooden pews facing the altar", "an altar, a lectern and benches", "a shrine and floor cushions",
    ], [
        "an organ", "a statue", "candles on the altar", "a candelabra", "a red runner rug", "a bookshelf of hymnals", "a chandelier",
        "a tapestry", "a vase of lilies", "a bench by the door", "a second row of pews",
    ], ["", "", "cool in August", "smelling of wax", "older than the village"]),
    "wine cellar": ((3.0, 6.5), [
        "wine cellar", "vaulted cellar", "tasting room", "root cellar",
    ], [
        "wine racks on every wall", "three barrels and a tasting table", "a long wine rack and two stools",
        "oak barrels beside a round table",
    ], [
        "crates of bottles", "a storage cabinet", "a pendant light", "an armchair", "a small rug", "storage shelves of jars",
        "wall lamps", "a bar cabinet", "bar stools", "a barrel in the corner", "a painting of a harvest", "a bench",
    ], ["", "", "at twelve degrees all year", "cut into the rock", "behind an iron door"]),
    "dance studio": ((5.0, 9.0), [
        "dance studio", "ballet studio", "rehearsal room",
    ], [
        "mirrors along one wall and a barre", "an upright piano and a ballet barre", "a wall of mirrors and two speakers",
    ], [
        "a bench for bags", "lockers", "a speaker", "a storage bin of shoes", "a wall clock", "a poster of a prima ballerina",
        "a water cooler", "a clothing rack", "a stool for the pianist", "a potted plant", "a small sofa", "two exercise mats",
    ], ["", "", "with a sprung floor", "on the third floor", "full of the counting of eights"]),
    "studio apartment": ((4.0, 8.0), [
        "studio apartment", "loft apartment", "city loft", "one-room flat",
    ], [
        "a bed, a sofa and a small kitchen counter", "a sofa bed and a dining table for two", "a single bed behind a folding screen",
        "a murphy bed and a desk",
    ], [
        "a wardrobe", "a bookshelf that divides the room", "a refrigerator", "a stove", "a coffee table", "a television", "a bar stool",
        "a floor lamp", "a rug", "a bicycle on the wall side", "a potted plant", "a nightstand", "a dresser", "a bistro table",
    ], ["", "", "above a bakery", "under old beams", "where everything has two uses"]),
    "attic": ((3.5, 6.0), [
        "attic room", "converted attic", "attic hideaway",
    ], [
        "a single bed and a writing desk", "an old trunk and a rocking chair", "a daybed and a bookshelf",
        "a desk under the skylight",
    ], [
        "a storage chest", "a floor lamp", "a rug", "a bean bag", "a dresser", "crates of letters", "a telescope", "a guitar",
        "a nightstand", "an armchair", "a gramophone on a trunk", "a painting of the sea",
    ], ["", "", "where the rain is loud", "reached by a ladder", "full of forgotten things"]),
    "cabin": ((4.0, 7.0), [
        "log cabin", "mountain cabin", "ski lodge lounge", "lake cottage",
    ], [
        "a stone fireplace and two armchairs", "a wood stove and a worn sofa", "a bunk bed and a table with four chairs",
        "a sofa facing the fireplace",
    ], [
        "a bearskin rug", "a rack of firewood", "a trunk used as a coffee table", "a rocking chair", "a bookshelf", "a kitchen counter",
        "a lantern on the table", "a guitar", "a floor lamp", "a basket of blankets", "a painting of elk", "a coat rack",
    ], ["", "", "snowed in since Tuesday", "an hour from the road", "with antlers over the door"]),
    "lounge": ((4.0, 7.5), [
        "parlor", "den", "hotel lounge", "cigar lounge", "student lounge",
    ], [
        "two velvet sofas around a low table", "leather armchairs by the fire", "a chesterfield sofa and a bar cart",
        "a sectional sofa and a television",
    ], [
        "a gramophone on a side table", "a chess table", "a piano", "a grandfather clock", "a bookshelf", "a floor lamp", "a Turkish rug",
        "a mirror in a gold frame", "a bar cabinet", "a potted palm", "a coffee table", "an ottoman", "a console table",
    ], ["", "", "in bottle green", "where deals are made", "with the curtains half drawn"]),
    "storage": ((2.5, 4.0), [
        "pantry", "storage room", "larder",
    ], [
        "shelves on three walls", "a storage shelf and a cabinet", "crates, a barrel and a counter",
    ], [
        "a freezer", "baskets of onions", "a step stool", "a wine rack", "a refrigerator", "a trash can", "storage bins", "a small counter",
        "a wall shelf of jars", "a ceiling light", "a broom by the door", "sacks of flour",
    ], ["", "", "cool and dark", "stocked for winter", "next to the kitchen"]),
}

# Kinds of rooms that no training description has.
HELDOUT_KINDS = {
    "courtroom": ((5.0, 9.0), [
        "courtroom", "county courtroom", "old courthouse", "tribunal",
    ], [
        "a judge's desk and two pews", "a raised desk, a lectern and benches", "three pews facing the judge's desk",
        "a witness stand beside a long desk",
    ], [
        "a lectern", "a bookshelf of law reports", "a statue of justice", "a rope barrier", "a wall clock", "a table for the jury",
        "a portrait of a judge", "a filing cabinet", "a water cooler", "a flag in the corner", "a bench by the door",
        "a chandelier",
    ], ["", "", "in session since nine", "panelled in dark oak", "where everyone whispers"]),
    "fire station": ((5.5, 9.5), [
        "fire station", "village firehouse", "small fire station", "engine house",
    ], [
        "a fire truck and four lockers", "a red car beside a row of lockers", "lockers and a long bench",
        "an old engine and a tool chest",
    ], [
        "a coat rack for helmets", "storage shelves of hoses", "a map of the district on the wall", "a bench", "a radio on the shelf",
        "a workbench", "a bunk bed", "a water cooler", "crates of foam", "a wall clock", "a metal cabinet", "a stool",
        "a refrigerator",
    ], ["", "", "ready in sixty seconds", "with a pole nobody uses", "on call at night"]),
    "radio station": ((3.5, 7.0), [
        "radio station", "radio studio", "village radio station", "broadcast studio",
    ], [
        "a mixing console and two microphone stands", "a round table with three office chairs", "a control desk facing two speakers",
        "a mixing console beside a shelf of records",
    ], [
        "acoustic panels on the wall", "a record player on a cabinet", "a sofa for the guests", "a speaker", "a neon sign",
        "a wall clock", "a computer on the desk", "a thick rug", "a potted plant", "a water cooler", "a floor lamp", "an amplifier",
        "a coat rack",
    ], ["", "", "live until midnight", "behind a double door", "heard all over the valley"]),
    "post office": ((4.0, 8.0), [
        "post office", "village post office", "mail room", "sorting office",
    ], [
        "a long counter and shelves of parcels", "a sorting table and three storage shelves", "a counter behind two rope barriers",
        "storage shelves and a worktable",
    ], [
        "a safe", "crates of letters", "a wall clock", "a map of the country on the wall", "a bench for waiting", "a stool",
        "a telephone on the counter", "a poster of stamps", "a trash can", "a filing cabinet", "a storage bin", "a potted plant",
        "a desk lamp",
    ], ["", "", "closed at noon", "where every parcel is weighed twice", "with a queue on Mondays"]),
    "print shop": ((4.0, 8.0), [
        "print shop", "printing shop", "letterpress studio", "bindery",
    ], [
        "a printing press and a worktable", "two worktables and a printing press", "a drafting table beside the printing press",
        "a printing press in the middle",
    ], [
        "a drying rack", "stacks of paper", "a storage cabinet of type", "a stool", "a corkboard of proofs", "a pendant light",
        "storage shelves of ink", "a filing cabinet", "a desk lamp", "crates of paper", "a trash can", "a wall clock", "a safe",
    ], ["", "", "black with ink", "loud before elections", "older than the newspaper"]),
    "animal shelter": ((4.0, 7.5), [
        "animal shelter", "dog kennel", "cattery", "small animal shelter",
    ], [
        "four dog crates along the wall", "a cat tree and two pet beds", "dog crates and a grooming table",
        "three dog crates and a bench",
    ], [
        "a pet bed", "a storage shelf of food", "a sink", "a birdcage", "an aquarium", "a basket of toys", "a reception desk",
        "a poster of breeds", "a trash can", "a stool", "a cat tree", "a storage cabinet", "a bench",
    ], ["", "", "noisy at feeding time", "with a washable floor", "full again in August"]),
    "film studio": ((5.0, 9.5), [
        "film studio", "television studio", "film set", "small TV studio",
    ], [
        "two cameras and a green screen", "a stage and two cameras", "a sofa and two armchairs in front of a backdrop",
        "a control desk and a wall of screens",
    ], [
        "studio lights on stands", "a clothing rack", "a vanity table with a mirror", "a speaker", "a coffee table",
        "a folding screen", "crates of cables", "a director's chair", "a television", "a potted palm", "a storage shelf",
        "a round rug", "a projector screen",
    ], ["", "", "silent when the light is red", "dressed as a kitchen last week", "behind the old mill"]),
    "police station": ((4.5, 8.5), [
        "police station", "detective's office", "sheriff's office", "village police station",
    ], [
        "two desks beside a corkboard", "a desk, a filing cabinet and a bench", "three desks facing the door",
        "a long desk beside a row of lockers",
    ], [
        "a safe", "a map of the city on the wall", "a filing cabinet", "a telephone on the desk", "a coffee machine", "lockers",
        "a water cooler", "a wall clock", "a trash can", "a storage cabinet", "a desk lamp", "two waiting chairs", "a corkboard",
    ], ["", "", "awake all night", "with one window on the yard", "smelling of cold coffee"]),
}

MOODS = ["cozy", "bright", "quiet", "spacious", "rustic", "modern", "vintage", "elegant", "minimalist", "cheerful", "tidy",
         "sunny", "narrow", "airy", "industrial", "old-fashioned", "Scandinavian", "colourful", "simple", "grand", "compact",
         "traditional", "homely", "plain", "stylish", "shabby", "tranquil", "well-used", "warm", "low-ceilinged"]
BIG = {"spacious", "grand", "airy"}
SMALL = {"compact", "narrow", "cozy"}
ALL_KINDS = ROOMS | HELDOUT_KINDS


def article(words):
    return ("An " if words[0].lower() in "aeiou" else "A ") + words


def joined(things):
    if len(things) == 1:
        return things[0]
    if len(things) == 2 and " and " in things[0]:
        return things[0] + ", and also " + things[1]
    return ", ".join(things[:-1]) + " and " + things[-1]


def sentence(rng, kind):
    _, names, mains, more, closings = ALL_KINDS[kind]
    name = rng.choice(names)
    mood = rng.choice(MOODS) if rng.random() < 0.75 else ""
    if mood and (mood in name or (mood in ("old-fashioned",) and "old" in name) or (mood in SMALL and "small" in name)):
        mood = ""
    head = f"{mood} {name}".strip()
    main = rng.choice(mains)
    words = set(main.replace(",", " ").split())
    extra = []
    for thing in rng.sample(more, len(more)):
        key = thing.split()[-1] if " of " not in thing else thing.split(" of ")[0].split()[-1]
        nouns = set(thing.replace(",", " ").split()) - {"a", "an", "the", "of", "on", "in", "for", "by", "and", "with", "two"}
        if key in words or nouns & words:
            continue
        extra.append(thing)
        words |= nouns
        if len(extra) >= 3:
            break
    count = rng.choice([1, 1, 2, 2, 3])
    extra = extra[:count]
    closing = rng.choice(closings)
    shape = rng.randrange(7)
    if shape == 1 and len(extra) < 2:
        shape = 0
    if shape == 0:
        text = f"{article(head)} with {joined([main] + extra)}"
    elif shape == 1:
        text = f"{article(head)} with {main}, {joined(extra)}"
    elif shape == 2:
        text = f"{article(head)} that has {joined([main] + extra)}"
    elif shape == 3:
        text = f"{article(head)} furnished with {joined([main] + extra)}"
    elif shape == 4:
        things = joined([main] + extra)
        text = things[0].upper() + things[1:] + f" in {article(head).lower() if head[0].islower() else article(head)[0].lower() + article(head)[1:]}"
    elif shape == 5:
        text = f"{article(head)}: {joined([main] + extra)}"
    else:
        text = f"{article(head)} built around {main}, with {joined(extra)}"
    if closing:
        if shape in (4,):
            text += f" {closing}" if closing.startswith(("with", "in ", "for", "behind", "above", "under", "on ", "where", "that")) else f", {closing}"
        else:
            text += f", {closing}"
    return text + ".", head, frozenset([main] + extra), mood


def size(rng, kind, mood):
    lo, hi = ALL_KINDS[kind][0]
    a = rng.uniform(lo, hi)
    if mood in BIG:
        a = rng.uniform(0.5 * (lo + hi), hi)
    if mood in SMALL:
        a = rng.uniform(lo, 0.6 * lo + 0.4 * hi)
    b = max(2.2 if a < 3 else 2.5, a * rng.uniform(0.62, 1.0))
    step = 0.5 if rng.random() < 0.7 else 0.1
    a, b = (round(round(v / step) * step, 1) for v in (a, b))
    b = min(b, 8.0)
    x, y = (a, b) if rng.random() < 0.6 else (b, min(a, 8.0) if b > 8 else a)
    y = min(y, 10.0)
    z = rng.choice([2.4, 2.5, 2.5, 2.6, 2.7, 2.8, 3.0, 3.0, 3.0, 3.2, 3.5])
    if a * b > 40:
        z = rng.choice([3.0, 3.2, 3.5, 4.0])
    return {"x": x, "y": y, "z": z}


def describe(rng, kinds, wanted, used_texts, used_content, heldout):
    rows = []
    for kind in kinds:
        made = 0
        for _ in range(4000):
            if made == wanted:
                break
            text, head, things, mood = sentence(rng, kind)
            # Near copies: the same things in other words around them, or all but one of them.
            near = any(len(things & other) >= min(len(things), len(other)) - (not heldout and held)
                       for other, held in used_content if len(things & other) > 1)
            if text in used_texts or near:
                continue
            used_texts.add(text)
            used_content.add((things, heldout))
            rows.append({"description": text, "size": size(rng, kind, mood)})
            made += 1
    return rows


def main():
    here = pathlib.Path(__file__).parent
    rng = random.Random(20250331)
    used_texts, used_content = set(), set()
    heldout = describe(rng, ROOMS, 3, used_texts, used_content, True)
    train = describe(rng, ROOMS, 11, used_texts, used_content, False)
    # From numbers of its own, so that the other files stay what they are.
    heldout_kinds = describe(random.Random(20261127), HELDOUT_KINDS, 18, used_texts, used_content, True)
    for name, rows, shuffled_by in (("train", train, rng), ("heldout", heldout, rng),
                                    ("heldout_kinds", heldout_kinds, random.Random(20261128))):
        shuffled_by.shuffle(rows)
        body = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
        (here / f"{name}.json").write_text("[\n" + body + "\n]\n", encoding="utf-8")
        print(f"{name}.json: {len(rows)} descriptions")


if __name__ == "__main__":
    main()
