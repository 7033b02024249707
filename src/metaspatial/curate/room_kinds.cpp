#include "metaspatial/curate/room_kinds.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "metaspatial/curate/words.hpp"

namespace metaspatial::curate {
namespace {

using std::string;
using std::string_view;

/// One room as a line of text; see parse().
struct Row {
  string_view name;
  string_view words;     // separated by commas; a leading '~' marks the kind as weak
  string_view usual;     // "kind|kind:chance*least-most", separated by blanks
  string_view meanings;  // "generic=here", separated by blanks
};

// The order within `usual` is the order of importance: a small room ends after the first few. What a room
// needs comes first, then what makes it complete; companions (a chair) follow what they belong to (a desk).
// clang-format off: a row reads as the list it is.
constexpr std::array kRows = {
    Row{"living_room",
        "living room,sitting room,family room,great room,front room,living area,living space,"
        "drawing room,lounge area",
        "sofa|sectional_sofa|loveseat coffee_table tv_stand|fireplace:.9 television:.5 "
        "armchair|recliner|loveseat:.9*1-2 rug:.8 side_table:.7 floor_lamp:.7 bookshelf:.6 "
        "table_lamp:.5 painting:.7 potted_plant:.7 console_table:.4 ottoman|pouf:.4 "
        "chandelier|ceiling_light:.4 curtain:.3 storage_cabinet:.3 wall_clock:.2",
        "dining_table=coffee_table dining_chair=armchair desk=writing_desk"},
    Row{"bedroom",
        "bedroom,bed room,sleeping room,guest room,guestroom,master suite,bedchamber,hotel room,"
        "hotel suite,bridal suite,dorm room,dormitory,bedsit,master room,sleeping area,"
        "sleeping quarters",
        "bed|king_bed nightstand:1*1-2 table_lamp:.8*1-2 wardrobe|dresser rug:.7 "
        "dresser|wardrobe:.5 writing_desk|vanity_table|desk:.6 "
        "dining_chair|office_chair|vanity_stool:.5 armchair|ottoman:.5 painting:.6 "
        "full_length_mirror:.4 floor_lamp:.4 bench|trunk:.4 potted_plant:.5 ceiling_light:.4 "
        "curtain:.3 bookshelf:.3 mirror:.3",
        "dining_table=side_table dining_chair=armchair plant_stand=nightstand"},
    Row{"childrens_bedroom",
        "child bedroom,children bedroom,kid bedroom,kid room,child room,children room,"
        "teenager bedroom,teen bedroom,teen room,teenager room,boy bedroom,girl bedroom,boy room,"
        "girl room,teenage bedroom,bunk room,toddler room,student room,princess room,"
        "princess bedroom",
        "single_bed|bunk_bed nightstand table_lamp:.7 desk|kids_table office_chair|kids_chair "
        "dresser|wardrobe bookshelf|toy_shelf:.8 rug:.7 toy_chest:.6 bean_bag:.6 "
        "poster|painting:.6 ceiling_light:.3 potted_plant:.2 floor_lamp:.3 basket:.3",
        "dining_table=kids_table dining_chair=kids_chair bed=single_bed"},
    Row{"nursery", "nursery,baby room,baby bedroom,nursery room",
        "crib changing_table rocking_chair dresser:.8 rug:.8 toy_chest|basket:.7 bookshelf:.6 "
        "side_table:.5 table_lamp:.4 wardrobe:.4 painting:.5 floor_lamp:.4 "
        "baby_mobile|ceiling_light:.4 ottoman|pouf:.4 stuffed_animal:.4 laundry_basket:.3",
        "dining_chair=rocking_chair dining_table=side_table bed=single_bed"},
    Row{"playroom",
        "playroom,play room,toy room,child playroom,play area,play space,daycare,kindergarten,"
        "preschool,playhouse,playspace",
        "kids_table kids_chair*2-4 toy_shelf|bookshelf|cubby_shelf toy_chest|storage_bin rug:.8 "
        "bean_bag:.7*1-2 play_tent:.4 easel:.4 slide:.3 dollhouse:.4 rocking_horse:.4 "
        "whiteboard|blackboard:.4 poster|painting:.5 basket:.5 storage_bin:.4 cubby_shelf:.5 "
        "ceiling_light:.3 stuffed_animal:.4",
        "dining_table=kids_table dining_chair=kids_chair desk=kids_table"},
    Row{"kitchen", "kitchen,kitchenette,galley,cooking area,scullery,chef kitchen,test kitchen",
        "kitchen_counter refrigerator stove|oven kitchen_sink kitchen_island|dining_table:.8 "
        "bar_stool|dining_chair:.8*2-4 kitchen_cabinet:.8 dishwasher:.4 range_hood:.4 "
        "pendant_light|ceiling_light:.5 pantry_cabinet|storage_cabinet:.4 "
        "microwave|coffee_machine|toaster:.5 wall_shelf|wall_cabinet:.5 potted_plant:.4 "
        "trash_can:.3 wall_clock:.3 fruit_bowl:.3",
        "bench=bench desk=dining_table storage_shelf=pot_rack"},
    Row{"dining_room",
        "dining room,dining area,dining hall,dining space,banquet hall,banquet room,"
        "breakfast room,breakfast nook,breakfast area,breakfast corner,dinette,dining nook,"
        "feast hall,mess hall",
        "dining_table|banquet_table|round_table dining_chair*3-6 sideboard|china_cabinet:.9 "
        "chandelier|pendant_light:.8 rug:.6 china_cabinet|display_case|bar_cabinet:.6 "
        "painting:.6 mirror:.4 potted_plant:.5 vase:.5 floor_lamp:.3 bar_cart:.4 "
        "console_table:.4 curtain:.3 fireplace:.2 candelabra|candle:.2",
        "coffee_table=round_table side_table=dining_table armchair=dining_chair"},
    Row{"bathroom",
        "bathroom,bath room,powder room,washroom,shower room,restroom,ensuite,en suite,lavatory,"
        "bath suite,bath,wet room,toilet room",
        "bathtub|shower toilet bathroom_sink|bathroom_vanity mirror:.9 "
        "storage_cabinet|bathroom_cabinet:.6 shower:.4 towel_rack:.7 bath_mat|rug:.6 "
        "laundry_basket:.5 stool:.4 potted_plant:.5 ceiling_light:.4 trash_can:.4 wall_shelf:.4 "
        "wall_sconce:.3 bench:.2 side_table:.2",
        "vanity_table=bathroom_vanity storage_shelf=towel_rack"},
    Row{"home_office",
        "home office,office,study,work room,workroom,study room,workspace,work space,den office,"
        "study area,study nook,writer room,writing room,writer nook,work area,writer retreat,"
        "writing nook,homework room,executive suite,trading room,startup office,study den,"
        "ceo office",
        "desk|executive_desk|computer_desk office_chair bookshelf computer|laptop:.8 "
        "desk_lamp|table_lamp:.7 filing_cabinet|storage_cabinet:.7 armchair|loveseat:.5 rug:.6 "
        "potted_plant:.7 painting:.5 floor_lamp:.4 whiteboard|corkboard:.4 printer:.4 "
        "side_table:.3 bookshelf:.4 globe:.25 wall_clock:.3 trash_can:.3 wall_shelf:.3 sofa:.2",
        "dining_table=worktable dining_chair=office_chair"},
    Row{"open_office",
        "open plan office,coworking space,shared office,newsroom,news room,call center,"
        "open office,office space,corporate office,bullpen,command center,control room,"
        "coworking office,open concept office,tech office,server room,operation room,tech hub,"
        "situation room,data center,innovation hub",
        "computer_desk|desk*2-4 office_chair*2-4 computer:.9*1-3 "
        "filing_cabinet|storage_cabinet:.8 whiteboard|projector_screen:.7 printer:.5 "
        "bookshelf:.5 potted_plant:.6 conference_table:.3 sofa:.3 water_cooler:.4 wall_clock:.4 "
        "television|video_wall:.3 locker|storage_shelf:.3 ceiling_light:.3",
        "dining_table=conference_table dining_chair=office_chair"},
    Row{"meeting_room",
        "conference room,meeting room,boardroom,board room,seminar room,briefing room,war room,"
        "council chamber,interview room,brainstorming room,conference hall,strategy room",
        "conference_table office_chair*4-7 projector_screen|television|whiteboard "
        "whiteboard|flip_chart:.6 sideboard|storage_cabinet:.7 projector:.3 potted_plant:.7 "
        "painting:.4 ceiling_light|pendant_light:.4 water_cooler:.3 wall_clock:.3 lectern:.3 "
        "coffee_machine:.2 rug:.2 floor_lamp:.2",
        "dining_table=conference_table dining_chair=office_chair desk=conference_table "
        "round_table=conference_table"},
    Row{"classroom",
        "classroom,class room,lecture hall,lecture room,schoolroom,training room,school room,"
        "language school,computer lab,study hall,tutoring room,lecture theater,art classroom,"
        "science classroom,examination hall",
        "school_desk*2-4 school_chair*2-4 teacher_desk blackboard|whiteboard "
        "bookshelf|cubby_shelf:.7 office_chair:.5 globe:.4 corkboard|poster|wall_map:.5 "
        "wall_clock:.4 storage_cabinet:.4 projector_screen:.3 potted_plant:.3 trash_can:.3 "
        "locker:.2",
        "desk=school_desk dining_chair=school_chair dining_table=worktable"},
    Row{"library",
        "library,reading room,book room,home library,archive,book nook,reading library,bookshop,"
        "bookstore,bookshop corner,book store,record room,map room,bibliotheque",
        "bookshelf*2-4 armchair*1-2 writing_desk|desk|round_table:.8 "
        "office_chair|dining_chair:.6 floor_lamp:.7 rug:.7 side_table:.7 table_lamp:.5 "
        "library_ladder:.4 globe:.5 sofa:.4 fireplace:.4 coffee_table:.4 painting:.4 "
        "potted_plant:.4 chandelier|ceiling_light:.3 book_stack:.4 display_case:.3",
        "dining_table=round_table dining_chair=armchair dresser=storage_cabinet"},
    Row{"reading_nook",
        "reading nook,reading corner,cozy nook,nook,window nook,reading alcove,alcove,"
        "reading area,snug,reading space,cozy corner",
        "armchair|chaise_lounge|window_seat bookshelf side_table floor_lamp:.8 rug:.7 "
        "ottoman|pouf:.7 bookshelf:.5 table_lamp:.4 potted_plant:.6 "
        "floor_cushion|cushion|bean_bag:.5 painting:.5 basket:.4 basket|wall_shelf:.3 curtain:.3 "
        "book_stack:.3",
        "dining_table=side_table dining_chair=armchair bench=window_seat"},
    Row{"gym",
        "gym,fitness room,workout room,exercise room,weight room,home gym,fitness studio,"
        "gymnasium,training gym,boxing gym,exercise area,crossfit box,workout space,"
        "fitness center,spinning studio,cycling studio,sport room",
        "treadmill|exercise_bike|elliptical weight_bench|dumbbell_rack dumbbell_rack "
        "exercise_bike|rowing_machine|elliptical:.8 yoga_mat:.7*1-2 full_length_mirror|mirror:.8 "
        "punching_bag:.4 exercise_ball:.5 bench:.5 locker:.4 water_cooler:.4 "
        "towel_rack|storage_shelf:.3 television|speaker:.4 squat_rack|multi_gym:.4 poster:.4 "
        "potted_plant:.3 wall_clock:.2",
        "rug=yoga_mat storage_shelf=dumbbell_rack"},
    Row{"yoga_studio",
        "yoga studio,meditation room,yoga room,zen room,meditation space,pilate studio,"
        "meditation studio,tatami room,mindfulness room,prayer room,meditation garden,"
        "wellness room,meditation corner,meditation area,zen garden,relaxation room,yoga space,"
        "dojo,altar room,quiet room",
        "yoga_mat:1*2-4 floor_cushion:.9*2-3 low_table|altar:.8 potted_plant:.8*1-2 "
        "storage_shelf|cubby_shelf|bookshelf:.6 candle|incense_burner:.5 full_length_mirror:.4 "
        "folding_screen:.5 fountain:.4 statue|buddha_statue:.5 bench:.4 "
        "floor_lamp|lantern|paper_lantern:.5 rug:.4 painting|tapestry:.4 "
        "speaker|singing_bowl|gong:.3 basket:.4 exercise_ball:.2",
        "dining_table=low_table dining_chair=floor_cushion coffee_table=low_table rug=yoga_mat"},
    Row{"dance_studio",
        "dance studio,ballet studio,dance room,rehearsal room,dance hall,rehearsal studio,"
        "rehearsal space,dance floor,ballet room,practice room",
        "full_length_mirror*2-3 ballet_barre:.9 upright_piano:.6 bench:.8 speaker|stereo:.7*1-2 "
        "locker|cubby_shelf:.6 potted_plant:.4 stool:.3 clothing_rack:.3 storage_bin|basket:.4 "
        "wall_clock:.4 poster|painting:.4 water_cooler:.3 yoga_mat:.4 sofa:.2",
        ""},
    Row{"music_room",
        "music room,music studio,recording studio,recording room,sound studio,piano room,"
        "jazz room,practice studio,band room,music corner,mixing room,jazz club,jazz lounge,"
        "podcast studio,podcast room,sound room,audio studio,musician studio,music space,"
        "conservatory of music,record studio,concert hall",
        "upright_piano|grand_piano|synthesizer|mixing_console piano_bench|stool drum_kit:.6 "
        "guitar:.7*1-2 speaker|amplifier:.8*1-2 music_stand:.7 armchair|sofa:.6 "
        "bookshelf|record_shelf|storage_shelf:.6 rug:.6 microphone_stand:.4 desk|control_desk:.4 "
        "office_chair:.4 cello|violin|harp:.3 floor_lamp:.4 potted_plant:.3 "
        "poster|painting|acoustic_panel:.5 record_player:.3",
        "dining_chair=stool dining_table=desk plant_stand=music_stand storage_shelf=instrument_rack"},
    Row{"art_studio",
        "art studio,artist studio,painting studio,pottery studio,artist loft,craft room,art room,"
        "sculpture studio,craft studio,atelier,craft space,crafting room,painter studio,"
        "artist atelier,ceramic studio,sculptor studio,design studio,creative studio,"
        "creative space,photography studio,photo studio,artist workshop,pottery workshop,"
        "design room,crafting studio,craft area,craft corner,hobby room,design office,"
        "architect studio,pottery room,crafting area,artist workspace,animation studio",
        "easel|worktable*1-2 worktable|drafting_table|desk stool*1-2 "
        "storage_shelf|storage_cabinet|bookshelf canvas_stack|painting:.7*1-2 storage_shelf:.5 "
        "pottery_wheel|kiln|statue:.35 armchair|sofa:.4 floor_lamp|desk_lamp:.5 kitchen_sink:.4 "
        "statue|mannequin:.4 rug:.3 storage_bin|crate|basket:.5 potted_plant:.5 "
        "pendant_light|ceiling_light:.3 pegboard|corkboard:.4",
        "dining_table=worktable dining_chair=stool"},
    Row{"sewing_room",
        "sewing room,tailor shop,sewing studio,tailor workshop,sewing corner,quilting room,"
        "fashion studio,dressmaker studio,fashion design studio,sewing area,tailoring shop,"
        "textile studio,quilt room,knitting room,costume workshop,weaving studio,sewing nook,"
        "dressmaker workshop",
        "sewing_table|worktable sewing_machine:.9 stool|office_chair mannequin "
        "storage_shelf|bookshelf|storage_cabinet worktable|drafting_table:.6 clothing_rack:.6 "
        "full_length_mirror:.5 ironing_board:.5 storage_bin|basket:.5 "
        "desk_lamp|table_lamp|floor_lamp:.5 pegboard|corkboard:.4 rug:.3 potted_plant:.4 "
        "armchair:.3 craft_shelf|dresser:.4 ceiling_light:.3",
        "dining_table=sewing_table desk=sewing_table dining_chair=stool"},
    Row{"workshop",
        "workshop,tool shed,woodworking shop,woodshop,carpentry workshop,repair shop,wood shop,"
        "carpenter workshop,maker space,makerspace,tool room,shed,woodworking studio,"
        "woodworking workshop,work shop,forge,blacksmith,machine shop,fabrication lab,toolshed,"
        "potting shed,garden shed,craft workshop,restoration workshop,clockmaker workshop,"
        "watchmaker workshop,jewelry workshop,warehouse,storage room,storeroom,storage shed,"
        "shoemaker workshop",
        "workbench*1-2 tool_chest storage_shelf stool table_saw|drill_press:.6 pegboard:.7 "
        "storage_cabinet:.5 crate|barrel|firewood_rack:.6 storage_bin:.4 "
        "pendant_light|ceiling_light|desk_lamp:.4 trash_can:.3 sawhorse:.3 wheelbarrow:.2 "
        "worktable:.4 storage_shelf:.4",
        "dining_table=worktable dining_chair=stool bench=workbench desk=workbench"},
    Row{"garage",
        "garage,car port,carport,auto shop,mechanic shop,auto repair shop,mechanic workshop,"
        "mechanic garage",
        "car|motorcycle workbench tool_chest storage_shelf*1-2 bicycle:.5 pegboard:.6 "
        "tire_stack:.4 stool:.4 storage_cabinet:.4 storage_bin|crate:.4 refrigerator:.2 "
        "trash_can:.3 lawn_mower:.2 ceiling_light:.3",
        "dining_table=workbench dining_chair=stool bench=workbench desk=workbench"},
    Row{"laundry_room",
        "laundry room,laundry,utility room,laundry area,laundromat,ironing room,laundry space,"
        "laundry closet,laundry nook,utility space",
        "washing_machine dryer laundry_basket*1-2 kitchen_sink folding_table|kitchen_counter:.8 "
        "ironing_board:.7 storage_shelf|storage_cabinet drying_rack:.6 "
        "wall_shelf|wall_cabinet:.5 trash_can:.3 rug:.3 potted_plant:.3 clothing_rack:.4 "
        "stool:.3 ceiling_light:.3",
        "dining_table=folding_table dining_chair=stool"},
    Row{"closet",
        "walk in closet,closet,dressing room,wardrobe room,walk in wardrobe,dressing area,"
        "costume room,changing room,fitting room,locker room,shoe closet,cloakroom,walk in,"
        "makeup room,backstage room,green room",
        "wardrobe*1-2 clothing_rack*1-2 shoe_rack full_length_mirror dresser|closet_island:.8 "
        "ottoman|bench:.7 vanity_table:.4 vanity_stool:.3 jewelry_cabinet:.4 "
        "cubby_shelf|storage_shelf:.5 rug:.5 chandelier|ceiling_light:.4 laundry_basket:.3 "
        "armchair:.3 potted_plant:.3 floor_lamp:.3 wall_hook:.3",
        "dining_chair=armchair dining_table=vanity_table kitchen_island=closet_island "
        "storage_shelf=clothing_rack"},
    Row{"entry_hall",
        "entry hall,entryway,foyer,entrance hall,hallway,hall,mudroom,mud room,vestibule,"
        "entrance,corridor,entry,landing,lobby,hotel lobby,reception area,waiting room,"
        "waiting area,reception room,reception,reception hall,entrance area,staircase,stair,"
        "stairwell",
        "console_table|reception_desk coat_rack:.8 mirror:.8 hall_bench|bench shoe_rack:.7 "
        "umbrella_stand:.5 rug:.7 potted_plant:.7*1-2 armchair|waiting_chair:.6*1-2 "
        "table_lamp|vase:.5 painting:.5 chandelier|pendant_light|ceiling_light:.5 side_table:.4 "
        "cubby_shelf|locker:.4 wall_hook:.4 storage_cabinet:.4 grandfather_clock:.3 sofa:.25 "
        "statue:.25",
        "dining_chair=waiting_chair desk=reception_desk dining_table=console_table storage_shelf=coat_rack"},
    Row{"home_theater",
        "home theater,home theatre,home cinema,theater,theatre,cinema,media room,movie room,"
        "screening room,private theater,movie theater,tv room,theater room,cinema room,"
        "private cinema,entertainment room,auditorium,theatre room",
        "projector_screen|television theater_seat|recliner*3-6 speaker:.9*2-2 "
        "sectional_sofa|sofa:.4 popcorn_machine:.5 side_table|coffee_table:.5 "
        "mini_fridge|bar_cabinet:.4 projector:.3 poster:.5*1-2 rug:.5 floor_lamp|wall_sconce:.3 "
        "curtain:.3 bar_cart:.3 bookshelf:.3",
        "dining_chair=theater_seat dining_table=coffee_table armchair=theater_seat "
        "bench=theater_seat"},
    Row{"game_room",
        "game room,games room,rec room,recreation room,gaming room,man cave,billiard room,arcade,"
        "pool room,arcade room,card room,poker room,billiards room,gaming den,gaming area,"
        "video game room,casino,bowling alley,games den",
        "pool_table|foosball_table|ping_pong_table|poker_table "
        "arcade_machine|pinball_machine:.8*1-2 sofa|bean_bag|sectional_sofa bar_stool:.5*1-2 "
        "television:.6 tv_stand:.6 dartboard:.6 bar_cabinet|bar_counter:.5 "
        "foosball_table|air_hockey_table:.4 jukebox:.3 armchair|gaming_chair:.5 coffee_table:.4 "
        "poster|neon_sign|painting:.6 pendant_light|ceiling_light:.4 rug:.4 "
        "bookshelf|storage_shelf:.3 mini_fridge:.3 floor_lamp:.2",
        "dining_table=poker_table dining_chair=gaming_chair desk=computer_desk"},
    Row{"bar",
        "bar,pub,wine bar,cocktail bar,speakeasy,tavern,lounge bar,home bar,bar area,nightclub,"
        "night club,club,brewery,taproom,sport bar,tiki bar,bar room,basement bar,piano bar,"
        "whiskey bar,cigar lounge,saloon,beer hall",
        "bar_counter bar_stool*2-4 bar_cabinet|wine_rack bistro_table|round_table*1-2 "
        "dining_chair|armchair:.7*2-3 jukebox|upright_piano:.4 sofa|booth:.5 "
        "pendant_light|chandelier|ceiling_light:.5 neon_sign|painting|poster:.5 dartboard:.3 "
        "wine_rack:.3 pool_table:.2 barrel:.3 potted_plant:.3 speaker:.3 mini_fridge:.2",
        "dining_table=bistro_table stool=bar_stool bench=booth storage_shelf=wine_rack"},
    Row{"cafe",
        "cafe,coffee shop,tea room,tearoom,restaurant,diner,bistro,cafeteria,coffee house,"
        "coffee bar,tea house,pizzeria,ice cream parlor,ice cream shop,canteen,food court,"
        "sushi bar,teahouse,coffee corner,noodle shop,steakhouse,trattoria,bakery cafe,brasserie,"
        "eatery,tea lounge,coffee shop corner,internet cafe,soup kitchen,food stall,"
        "tea ceremony room,coffee lounge",
        "bistro_table|round_table*2-3 dining_chair*3-5 display_counter|bar_counter "
        "coffee_machine:.6 display_case|pastry_case:.7 bar_stool:.4*1-2 booth|sofa:.4 "
        "bookshelf|wall_shelf:.5 potted_plant:.6 blackboard|menu_board:.5 "
        "pendant_light|ceiling_light:.5 painting|poster:.4 armchair:.3 rug:.2 floor_lamp:.2 "
        "vase:.3",
        "dining_table=bistro_table kitchen_island=display_counter plant_stand=display_counter"},
    Row{"bakery",
        "bakery,patisserie,bakehouse,pastry shop,bakery kitchen,commercial kitchen,"
        "pastry kitchen,restaurant kitchen,bakery shop,cake shop,chocolate shop,"
        "industrial kitchen,confectionery,candy shop",
        "oven|stove worktable|kitchen_island|display_counter display_case|pastry_case "
        "display_counter|kitchen_counter bread_rack|storage_shelf:.8 refrigerator:.6 "
        "kitchen_sink:.5 stool|bar_stool:.5*1-2 stand_mixer:.3 storage_bin|crate:.4 "
        "blackboard|menu_board:.4 bistro_table:.4 dining_chair:.4*1-2 "
        "pendant_light|ceiling_light:.4 wall_shelf:.4 potted_plant:.3",
        "dining_table=worktable bench=worktable storage_shelf=bread_rack"},
    Row{"shop",
        "boutique,shop,store,clothing store,clothing boutique,fashion boutique,market stall,"
        "toy store,gift shop,flower shop,florist,jewelry store,shoe store,antique shop,showroom,"
        "market,stall,thrift store,grocery store,florist shop,floral shop,vintage shop,pharmacy,"
        "apothecary,record shop,record store,farmer market,marketplace,hat shop,flower market,"
        "souvenir shop,supermarket,general store,comic shop,pet shop,bridal shop,bridal boutique,"
        "kiosk,herbalist shop,retail store,cosmetic store,electronic store,pop up shop,wine shop,"
        "spice shop,perfume shop",
        "reception_desk|display_counter display_case display_table clothing_rack:.6*1-2 "
        "storage_shelf|bookshelf mannequin:.5*1-2 full_length_mirror:.6 "
        "armchair|ottoman|bench:.5 shoe_rack:.3 rug:.3 potted_plant:.5 "
        "pendant_light|chandelier|ceiling_light:.4 storage_shelf:.5 basket|crate:.4 "
        "painting|poster|wall_sign:.4 wall_shelf:.4 jewelry_cabinet:.2",
        "dining_table=display_table desk=reception_desk dining_chair=armchair storage_shelf=clothing_rack "
        "plant_stand=display_table"},
    Row{"salon",
        "salon,hair salon,barber shop,barbershop,beauty salon,nail salon,beauty parlor,"
        "hairdresser,tattoo studio,tattoo parlor,makeup studio,beauty room,hair studio",
        "salon_chair*2-3 mirror|full_length_mirror*1-2 "
        "vanity_table|console_table|storage_cabinet reception_desk bathroom_sink:.5 "
        "waiting_chair|armchair:.6*1-2 storage_shelf|wall_shelf:.6 bar_cart:.4 coat_rack:.3 "
        "side_table:.4 potted_plant:.5 poster|painting:.4 "
        "ceiling_light|pendant_light|chandelier:.4 stool:.4 sofa:.3",
        "dining_chair=salon_chair dining_table=side_table desk=reception_desk"},
    Row{"spa",
        "spa,spa room,massage room,sauna,steam room,treatment room,spa suite,wellness spa,hammam,"
        "onsen,therapy room,wellness center,bath house,bathhouse,spa bathroom,jacuzzi room,"
        "hot tub room,relaxation area,spa retreat,massage parlor",
        "massage_table|bathtub|hot_tub stool:.7 side_table storage_cabinet|bathroom_cabinet "
        "chaise_lounge|armchair|bench:.7*1-2 potted_plant:.8*1-2 folding_screen:.5 candle:.4 "
        "towel_rack:.5 fountain:.3 bathroom_sink:.3 floor_lamp|lantern:.4 rug:.4 painting:.4 "
        "console_table:.3 wall_shelf:.3 hot_tub:.2 basket:.3",
        "dining_table=massage_table dining_chair=chaise_lounge bed=massage_table"},
    Row{"clinic",
        "clinic,doctor office,hospital room,exam room,examination room,dental office,"
        "dentist office,medical room,hospital ward,dental clinic,medical office,nurse office,"
        "veterinary clinic,operating room,patient room,infirmary,vet clinic,"
        "doctor examination room,recovery room,emergency room,medical clinic,sick bay",
        "hospital_bed|exam_table desk|storage_cabinet office_chair storage_cabinet bathroom_sink "
        "waiting_chair:.7*1-2 stool:.6 iv_stand|medical_cart:.5 nightstand:.5 folding_screen:.5 "
        "trash_can:.5 computer:.4 wall_clock:.4 poster:.4 potted_plant:.3 floor_lamp:.3 "
        "bookshelf:.2",
        "bed=hospital_bed dining_chair=waiting_chair dining_table=exam_table"},
    Row{"laboratory",
        "laboratory,lab,science lab,research lab,chemistry lab,research laboratory,"
        "science laboratory,biology lab,robotics lab,science room,experiment room,observatory,"
        "planetarium,tech lab,chemistry laboratory,inventor lab,engineering lab,space station,"
        "spaceship,submarine",
        "lab_bench*2-3 stool|office_chair*2-3 storage_cabinet storage_shelf microscope:.7*1-2 "
        "computer_desk:.5 computer:.4 kitchen_sink:.5 whiteboard:.5 fume_hood:.3 refrigerator:.4 "
        "telescope:.3 trash_can:.3 locker:.3 wall_clock:.3 poster|corkboard:.4 safe:.2 "
        "potted_plant:.2",
        "dining_table=lab_bench dining_chair=stool desk=lab_bench bench=lab_bench "
        "worktable=lab_bench"},
    Row{"greenhouse",
        "greenhouse,garden room,orangery,conservatory,botanical garden,plant room,indoor garden,"
        "winter garden,glasshouse,botanical room,hothouse,plant nursery,herb garden,glass house,"
        "hydroponic garden,terrarium room",
        "potting_bench|worktable potted_plant*2-4 plant_stand|storage_shelf "
        "garden_bench|wicker_chair|bench planter_box:.7*1-2 stool:.4 "
        "wicker_table|bistro_table:.5 wicker_chair:.5*1-2 fountain:.4 watering_can:.5 "
        "indoor_tree:.5*1-2 hanging_plant:.4 barrel|basket|crate:.4 wheelbarrow:.3 statue:.3 "
        "birdcage|bird_bath:.2",
        "dining_table=bistro_table dining_chair=wicker_chair desk=potting_bench"},
    Row{"sunroom",
        "sunroom,sun room,solarium,sun porch,florida room,screened porch,porch,veranda,"
        "enclosed porch,sun lounge,garden lounge,sunny room,patio room,three season room",
        "wicker_sofa|sofa|loveseat wicker_chair|armchair|rocking_chair*1-2 "
        "wicker_table|coffee_table potted_plant*2-3 rug:.6 side_table:.6 "
        "hammock|hanging_chair|swing:.4 bookshelf:.4 floor_lamp:.4 bistro_table:.3 "
        "garden_bench|bench:.3 hanging_plant:.3 plant_stand:.5 ottoman|pouf:.4 "
        "chaise_lounge|daybed:.4 indoor_tree:.4 ceiling_fan:.3 fountain:.2",
        "dining_table=wicker_table dining_chair=wicker_chair sofa=wicker_sofa"},
    Row{"patio",
        "patio,terrace,balcony,deck,rooftop terrace,garden,courtyard,backyard,rooftop,"
        "rooftop garden,gazebo,pergola,yard,outdoor kitchen,roof terrace,roof garden,rooftop bar,"
        "rooftop deck,pool deck,poolside,campsite,treehouse,tree house,barn,stable",
        "wicker_sofa|garden_bench|sofa bistro_table|picnic_table|wicker_table "
        "wicker_chair|dining_chair*2-3 potted_plant*2-3 grill:.4 fire_pit:.4 "
        "hammock|swing|hanging_chair:.4 chaise_lounge:.5*1-2 lantern|floor_lamp|string_lights:.4 "
        "indoor_tree:.4 fountain:.3 side_table:.4 rug:.3 barrel|crate:.3 plant_stand:.4",
        "dining_table=bistro_table dining_chair=wicker_chair coffee_table=wicker_table"},
    Row{"gallery",
        "art gallery,gallery,exhibition room,exhibition hall,museum,exhibition space,"
        "gallery space,museum room,exhibit room,museum hall,trophy room,display room,art space,"
        "art exhibition,exhibit hall,art museum",
        "painting*3-4 statue*1-2 bench*1-2 pedestal:.7*1-2 display_case:.7*1-2 reception_desk:.4 "
        "office_chair:.2 potted_plant:.5 rug:.3 sofa|ottoman:.3 track_light|ceiling_light:.5 "
        "display_table:.4 vase:.4 floor_lamp:.3",
        "dining_table=display_table dining_chair=bench"},
    Row{"ballroom",
        "ballroom,grand hall,great hall,throne room,wedding hall,event hall,party room,"
        "event space,music hall,grand ballroom,function room,hall of mirror,palace hall,"
        "gala hall,celebration hall,opera house,wedding venue,wedding chapel,reception ballroom",
        "grand_piano|upright_piano|stage piano_bench|stool round_table|banquet_table*2-3 "
        "dining_chair*2-4 chandelier*1-2 mirror|full_length_mirror:.7*1-2 sofa|loveseat|bench:.6 "
        "console_table|sideboard:.6 potted_plant:.6 statue|vase:.5 painting:.5 curtain:.4 rug:.5 "
        "candelabra|floor_lamp:.4 fireplace:.3 throne:.15 bar_counter:.3",
        "dining_table=round_table armchair=dining_chair"},
    Row{"chapel",
        "chapel,church,temple,shrine,prayer hall,worship room,sanctuary,cathedral,synagogue,"
        "mosque,private chapel",
        "altar pew|bench*2-4 lectern candle|candelabra:.7*1-2 upright_piano|organ:.4 statue:.5 "
        "chandelier|ceiling_light:.4 rug|runner_rug:.5 bookshelf:.4 vase:.4 painting|tapestry:.4 "
        "dining_chair:.4*1-2 storage_cabinet:.4",
        "dining_table=altar"},
    Row{"wine_cellar",
        "wine cellar,cellar,wine room,tasting room,wine tasting room,root cellar,wine vault,"
        "cheese cellar,whiskey cellar,vault,whiskey room,crypt",
        "wine_rack*2-4 barrel*1-3 bistro_table|round_table|worktable|dining_table "
        "bar_stool|dining_chair|stool*1-3 storage_cabinet|bar_cabinet:.5 crate:.6*1-2 "
        "pendant_light|chandelier|ceiling_light:.4 armchair:.3 rug:.3 wall_sconce:.3 painting:.3 "
        "storage_shelf:.4",
        "dining_table=bistro_table storage_shelf=wine_rack"},
    Row{"pantry", "pantry,larder,storage closet,food pantry,kitchen pantry,butler pantry,walk in pantry",
        "pantry_cabinet|storage_shelf*2-3 storage_cabinet|pantry_cabinet "
        "storage_bin|basket|crate*1-2 kitchen_counter:.6 refrigerator|freezer:.5 stool:.5 "
        "barrel:.4 wine_rack:.3 wall_shelf:.4 ceiling_light:.3 trash_can:.3",
        "dining_table=kitchen_counter"},
    Row{"lounge",
        "lounge,parlor,parlour,den,salon lounge,tv lounge,family den,cigar room,club room,"
        "smoking room,common room,hangout,hangout room,student lounge,break room,vip lounge,"
        "basement den,chill room,staff room,teacher lounge,cocktail lounge,hookah lounge,"
        "social room,conversation pit,hideaway,gathering room,gathering space,clubhouse,"
        "basement hangout",
        "sofa|sectional_sofa coffee_table armchair|recliner*1-2 fireplace|tv_stand|bookshelf "
        "rug:.7 side_table:.7 floor_lamp:.6 bar_cart|bar_cabinet:.5 upright_piano:.15 "
        "bookshelf:.5 table_lamp:.5 painting:.6 potted_plant:.6 ottoman|pouf:.5 console_table:.4 "
        "television:.3 chandelier|ceiling_light:.3 record_player|gramophone:.2 "
        "grandfather_clock:.2",
        "dining_table=coffee_table dining_chair=armchair"},
    Row{"studio_apartment",
        "studio apartment,loft apartment,apartment,efficiency apartment,micro apartment,"
        "bachelor pad,flat,penthouse,condo,guest house,guesthouse,tiny house,rv,camper van,yurt,"
        "houseboat,mobile home,open plan living space,guest suite,in law suite,penthouse suite,"
        "suite,loft studio,penthouse apartment,urban loft,city apartment,dorm",
        "bed|sofa_bed|single_bed sofa|loveseat kitchen_counter|kitchen_island coffee_table "
        "dining_table|bistro_table|desk:.7 dining_chair|office_chair:.7*1-2 refrigerator:.6 "
        "wardrobe|dresser:.7 nightstand:.6 bookshelf:.5 television:.4 tv_stand:.4 rug:.5 "
        "floor_lamp:.5 stove:.4 potted_plant:.5 painting:.4 table_lamp:.4 folding_screen:.3",
        ""},
    Row{"attic", "~attic,attic space,attic room,loft,loft space,loft area,mezzanine",
        "bed|single_bed|sofa writing_desk|desk dining_chair|armchair bookshelf "
        "trunk|storage_bin:.8 rug:.6 floor_lamp:.6 nightstand:.4 armchair:.5 table_lamp:.5 "
        "dresser:.4 potted_plant:.4 painting:.4 bean_bag|floor_cushion:.4 side_table:.4",
        ""},
    Row{"basement",
        "~basement,basement room,cabin,cottage,cottage room,lodge,hut,cabin room,log cabin,"
        "farmhouse,retreat,cozy cabin,ski lodge,tent,cave",
        "sofa|loveseat coffee_table|trunk fireplace|tv_stand armchair|rocking_chair|recliner:.8 "
        "bookshelf:.7 rug:.7 side_table:.6 floor_lamp:.6 bed|sofa_bed:.3 "
        "dining_table|round_table:.4 dining_chair:.5*1-2 storage_shelf:.4 painting:.5 "
        "potted_plant:.4 basket:.4 table_lamp:.4 storage_cabinet:.3",
        ""},
    Row{"courtroom", "courtroom,court room,courthouse,court of law,tribunal",
        "desk|executive_desk office_chair|throne pew|bench*2-4 lectern dining_table|worktable:.6 "
        "bookshelf:.6 stanchion:.5*1-2 wall_clock:.6 statue:.4 painting:.5 storage_cabinet:.5 "
        "ceiling_light|chandelier:.4 water_cooler:.3",
        "dining_chair=office_chair dining_table=worktable"},
    Row{"fire_station", "fire station,firehouse,fire hall,engine house",
        "car locker*2-4 bench:.9*1-2 storage_shelf:.8 tool_chest:.6 coat_rack|clothing_rack:.7 "
        "stool:.5 storage_cabinet:.6 bunk_bed:.4 wall_clock:.5 wall_map:.5 crate:.4 "
        "radio|telephone:.4 water_cooler:.3 ceiling_light:.4",
        "desk=workbench dining_table=worktable dining_chair=stool"},
    Row{"radio_station", "radio station,broadcast studio,broadcasting studio,radio studio",
        "mixing_console|control_desk office_chair*1-3 microphone_stand:.9*1-2 speaker:.8*1-2 "
        "acoustic_panel:.7*1-2 record_shelf:.6 record_player:.5 round_table:.4 computer:.5 "
        "wall_clock:.7 sofa:.4 neon_sign:.4 rug:.4 storage_cabinet:.4 potted_plant:.3",
        "desk=control_desk dining_chair=office_chair dining_table=round_table"},
    Row{"post_office", "post office,mail room,mailroom,sorting office,parcel office",
        "display_counter|reception_desk storage_shelf*2-3 worktable:.8 crate|storage_bin:.8*1-2 "
        "stanchion:.6*1-2 stool|office_chair:.7 safe:.5 telephone|computer:.4 wall_clock:.6 "
        "wall_map|poster:.5 bench|waiting_chair:.5*1-2 trash_can:.4 potted_plant:.3",
        "desk=worktable dining_table=worktable dining_chair=stool"},
    Row{"print_shop", "print shop,printing shop,printing house,printer shop,letterpress studio,bindery",
        "printing_press worktable*1-2 storage_shelf:.9*1-2 drafting_table:.6 stool:.8*1-2 "
        "paper_stack:.7*1-2 drying_rack:.7 filing_cabinet|storage_cabinet:.7 printer:.5 "
        "crate:.4 desk_lamp:.4 pegboard|corkboard:.5 pendant_light|ceiling_light:.4 trash_can:.4",
        "desk=drafting_table dining_table=worktable dining_chair=stool"},
    Row{"animal_shelter", "animal shelter,dog kennel,kennel,cattery,pet boarding room",
        "dog_crate*2-4 pet_bed:.9*1-2 cat_tree:.7 exam_table:.4 storage_shelf:.7 stool|bench:.6 "
        "kitchen_sink|bathtub:.5 basket|storage_bin:.6 birdcage:.4 aquarium:.3 rug:.3 "
        "reception_desk:.4 wall_clock|poster:.5 trash_can:.4 potted_plant:.3",
        "desk=reception_desk dining_table=worktable dining_chair=stool"},
    Row{"film_studio", "film studio,television studio,tv studio,movie set,film set,sound stage",
        "camera_tripod*1-2 photo_backdrop|projector_screen softbox:.9*1-2 stage|sofa:.6 "
        "control_desk:.6 office_chair:.6*1-2 armchair:.6*1-2 clothing_rack:.5 speaker:.5 "
        "television:.4 crate|storage_bin:.5 low_table|coffee_table:.5 vanity_table:.4 "
        "track_light:.4 folding_screen:.4",
        "desk=control_desk dining_table=round_table dining_chair=stool"},
    Row{"police_station", "police station,police office,detective office,sheriff office,precinct",
        "desk*1-3 office_chair*1-3 filing_cabinet*1-2 corkboard:.8 wall_map:.6 locker:.7*1-2 "
        "bench|waiting_chair:.6*1-2 safe:.5 telephone|computer:.6 water_cooler|coffee_machine:.4 "
        "wall_clock:.6 storage_cabinet:.5 trash_can:.5 desk_lamp:.4 stanchion:.2",
        "dining_table=desk dining_chair=waiting_chair"},
};
// clang-format on

std::vector<string_view> split(string_view text, char by) {
  std::vector<string_view> parts;
  while (!text.empty()) {
    const std::size_t at = text.find(by);
    if (at != 0) parts.push_back(text.substr(0, at));
    if (at == string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return parts;
}

int number(string_view text) {
  int value = 1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// "bookshelf|shelf:.6*1-2" as a Usual.
Usual parse_usual(string_view text) {
  Usual usual;
  if (const std::size_t at = text.find('*'); at != string_view::npos) {
    const string_view range = text.substr(at + 1);
    const std::size_t dash = range.find('-');
    usual.least = number(range.substr(0, dash));
    usual.most = dash == string_view::npos ? usual.least : number(range.substr(dash + 1));
    text = text.substr(0, at);
  }
  if (const std::size_t at = text.find(':'); at != string_view::npos) {
    const string_view digits = text.substr(at + 1);
    usual.chance =
        digits.starts_with('.') ? number(digits.substr(1)) / (digits.size() > 2 ? 100.0 : 10.0) : 1.0;
    text = text.substr(0, at);
  }
  usual.kinds = split(text, '|');
  return usual;
}

struct Name {
  std::vector<string> words;
  const RoomKind* kind;
};

const std::vector<Name>& names() {
  static const std::vector<Name> list = [] {
    std::vector<Name> made;
    for (const RoomKind& kind : room_kinds())
      for (const string_view word : kind.words) made.push_back({normalised_words(word), &kind});
    return made;
  }();
  return list;
}

}  // namespace

std::span<const RoomKind> room_kinds() {
  static const std::vector<RoomKind> kinds = [] {
    std::vector<RoomKind> made;
    for (const Row& row : kRows) {
      RoomKind kind;
      kind.name = row.name;
      kind.weak = row.words.starts_with('~');
      kind.words = split(kind.weak ? row.words.substr(1) : row.words, ',');
      for (const string_view item : split(row.usual, ' ')) kind.usual.push_back(parse_usual(item));
      for (const string_view item : split(row.meanings, ' ')) {
        const std::size_t at = item.find('=');
        kind.meanings.push_back({item.substr(0, at), item.substr(at + 1)});
      }
      made.push_back(std::move(kind));
    }
    return made;
  }();
  return kinds;
}

const RoomKind* find_room_kind(std::span<const std::string> words, int head_end) {
  // In the head ("a cozy attic bedroom"), the name that ends last says what the room is, and a longer name
  // beats a shorter one that ends with it; outside the head the first name counts.
  const RoomKind* best = nullptr;
  int best_score = -1;
  const int n = static_cast<int>(words.size());
  for (const Name& name : names()) {
    const int length = static_cast<int>(name.words.size());
    for (int at = 0; at + length <= n; ++at) {
      if (!std::ranges::equal(name.words, words.subspan(static_cast<std::size_t>(at), name.words.size())))
        continue;
      const bool head = at + length <= head_end;
      int score = head ? 100000 + 100 * (at + length) + length : 50000 - 100 * at + length;
      if (name.kind->weak) score -= head ? 60000 : 49000;
      if (score > best_score) {
        best_score = score;
        best = name.kind;
      }
    }
  }
  return best;
}

}  // namespace metaspatial::curate
